//! Between JSON values and CBOR (RFC 8949), as far as Smithy's RPC v2 protocol uses it.

use minicbor::data::{IanaTag, Type};
use minicbor::decode::{Decoder, Error};
use minicbor::encode::Encoder;
use serde_json::{Map, Number, Value};

/// No request nests deeper.
const DEEPEST: usize = 32;

/// The value of a body. A time is the number of its seconds, bytes are `null`: no request that is spoken here has any.
pub(crate) fn decode(body: &[u8]) -> Option<Value> {
    value(&mut Decoder::new(body), DEEPEST).ok()
}

fn value(decoder: &mut Decoder, depth: usize) -> Result<Value, Error> {
    let Some(depth) = depth.checked_sub(1) else { return Err(Error::message("nested too deeply")) };
    Ok(match decoder.datatype()? {
        Type::Bool => decoder.bool()?.into(),
        Type::F16 | Type::F32 | Type::F64 => Number::from_f64(decoder.f64()?).map_or(Value::Null, Value::Number),
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => decoder.u64()?.into(),
        Type::I8 | Type::I16 | Type::I32 | Type::I64 => decoder.i64()?.into(),
        Type::String => decoder.str()?.into(),
        Type::StringIndef => decoder.str_iter()?.collect::<Result<String, _>>()?.into(),
        Type::Tag => {
            decoder.tag()?;
            value(decoder, depth)?
        }
        Type::Array | Type::ArrayIndef => {
            let mut items = Vec::new();
            let count = decoder.array()?;
            while has_more(decoder, count, items.len())? {
                items.push(value(decoder, depth)?);
            }
            items.into()
        }
        Type::Map | Type::MapIndef => {
            let mut members = Map::new();
            let (count, mut read) = (decoder.map()?, 0);
            while has_more(decoder, count, read)? {
                let Value::String(name) = value(decoder, depth)? else {
                    return Err(Error::message("a member's name is no text"));
                };
                members.insert(name, value(decoder, depth)?);
                read += 1;
            }
            members.into()
        }
        _ => {
            decoder.skip()?;
            Value::Null
        }
    })
}

/// Whether a further item follows, of those that were announced, or before the break that ends what was not counted.
fn has_more(decoder: &mut Decoder, count: Option<u64>, read: usize) -> Result<bool, Error> {
    match count {
        Some(count) => Ok((read as u64) < count),
        None if decoder.datatype()? == Type::Break => decoder.skip().map(|()| false),
        None => Ok(true),
    }
}

/// The body that holds a value. Within members of the given names, numbers are times in seconds.
pub(crate) fn encode(value: &Value, times: &[&str]) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    // Writing to memory does not fail.
    let _ = put(&mut encoder, value, times, false);
    encoder.into_writer()
}

type Put = Result<(), minicbor::encode::Error<core::convert::Infallible>>;

fn put(encoder: &mut Encoder<Vec<u8>>, value: &Value, times: &[&str], is_time: bool) -> Put {
    match value {
        Value::Null => encoder.null()?.ok(),
        Value::Bool(flag) => encoder.bool(*flag)?.ok(),
        Value::String(text) => encoder.str(text)?.ok(),
        Value::Number(number) => {
            if is_time {
                encoder.tag(IanaTag::Timestamp)?;
            }
            match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => encoder.u64(number)?.ok(),
                (None, Some(number)) => encoder.i64(number)?.ok(),
                (None, None) => encoder.f64(number.as_f64().unwrap_or_default())?.ok(),
            }
        }
        Value::Array(items) => {
            encoder.array(items.len() as u64)?;
            items.iter().try_for_each(|item| put(encoder, item, times, is_time))
        }
        Value::Object(members) => {
            encoder.map(members.len() as u64)?;
            members.iter().try_for_each(|(name, member)| {
                encoder.str(name)?;
                put(encoder, member, times, times.contains(&name.as_str()))
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let value = json!({ "a": [1, -2, 0.5, "x", null, true], "Timestamps": [1_791_633_600], "m": { "n": {} } });
        assert_eq!(decode(&encode(&value, &["Timestamps"])), Some(value));
        let tagged = encode(&json!({ "T": 1 }), &["T"]);
        assert_eq!(tagged, [0xa1, 0x61, b'T', 0xc1, 0x01], "RFC 8949, 3.4.2: tag 1 is a time");
    }

    #[test]
    fn reads_what_was_not_counted_in_advance() {
        // {_ "a": [_ (_ "x" "y"), 1.5]}
        let body = [0xbf, 0x61, b'a', 0x9f, 0x7f, 0x61, b'x', 0x61, b'y', 0xff, 0xf9, 0x3e, 0x00, 0xff, 0xff];
        assert_eq!(decode(&body), Some(json!({ "a": ["xy", 1.5] })));
    }

    #[test]
    fn refuses_what_is_cut_off_or_nested_without_measure() {
        assert_eq!(decode(&[0xa1, 0x61]), None);
        assert_eq!(decode(&[]), None);
        assert_eq!(decode(&[0x81; 10_000]), None);
        assert_eq!(decode(&[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), None, "a length that is a lie");
    }
}
