//! What texts come to, and what is wrong with others.

use serde_json::json;

use super::*;
use crate::declared::{File, read_export};

fn error(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn scalars_are_what_the_core_schema_says() {
    for (text, expected) in [
        ("yes", json!("yes")),
        ("on", json!("on")),
        ("true", json!(true)),
        ("~", json!(null)),
        ("29000", json!(29000)),
        ("-7", json!(-7)),
        ("+7", json!(7)),
        ("0x1F", json!(31)),
        ("0o17", json!(15)),
        ("012345678901", json!("012345678901")),
        ("\"012345678901\"", json!("012345678901")),
        ("'29000'", json!("29000")),
        ("123456789012345678901234", json!("123456789012345678901234")),
        ("2.0", json!(2.0)),
        ("1e3", json!(1000.0)),
        (".5", json!(0.5)),
        ("3.0.1", json!("3.0.1")),
        ("2012-10-17", json!("2012-10-17")),
        (".inf", json!(".inf")),
        ("e3", json!("e3")),
        ("1e", json!("1e")),
        (".", json!(".")),
        ("!!str 5", json!("5")),
        ("!!int 5", json!(5)),
        ("! 5", json!("5")),
        ("|\n  a\n  b\n", json!("a\nb\n")),
    ] {
        assert_eq!(read(&format!("key: {text}")), Ok(json!({ "key": expected })), "{text}");
    }
}

#[test]
fn keys_are_text() {
    assert_eq!(read("200: a\non: b\n~: c\n1.0: d"), Ok(json!({ "200": "a", "on": "b", "~": "c", "1.0": "d" })));
}

#[test]
fn tags_of_cloudformation_get_their_long_form() {
    for (text, expected) in [
        ("!Ref Stage", json!({ "Ref": "Stage" })),
        ("!GetAtt A.B", json!({ "Fn::GetAtt": ["A", "B"] })),
        ("!GetAtt A.Outputs.B", json!({ "Fn::GetAtt": ["A", "Outputs.B"] })),
        ("!GetAtt [A, B]", json!({ "Fn::GetAtt": ["A", "B"] })),
        ("!Sub '${A}-b'", json!({ "Fn::Sub": "${A}-b" })),
        ("!Sub ['${A}', {A: !Ref B}]", json!({ "Fn::Sub": ["${A}", { "A": { "Ref": "B" } }] })),
        ("!Join ['', [a, !Ref B]]", json!({ "Fn::Join": ["", ["a", { "Ref": "B" }]] })),
        ("!If [IsProd, 1, !Ref AWS::NoValue]", json!({ "Fn::If": ["IsProd", 1, { "Ref": "AWS::NoValue" }] })),
        ("!ImportValue x", json!({ "Fn::ImportValue": "x" })),
        ("!FindInMap [M, a, b]", json!({ "Fn::FindInMap": ["M", "a", "b"] })),
        ("!Select [0, !Split [',', 'a,b']]", json!({ "Fn::Select": [0, { "Fn::Split": [",", "a,b"] }] })),
        ("!Transform {Name: AWS::Include}", json!({ "Fn::Transform": { "Name": "AWS::Include" } })),
        ("!Condition IsProd", json!({ "Condition": "IsProd" })),
        ("!Not [!Equals [a, 5]]", json!({ "Fn::Not": [{ "Fn::Equals": ["a", 5] }] })),
        ("!Base64 5", json!({ "Fn::Base64": "5" })),
    ] {
        assert_eq!(read(&format!("key: {text}")), Ok(json!({ "key": expected })), "{text}");
    }
}

#[test]
fn aliases_and_merges() {
    let text = "a: &a {x: 1, y: 2}\nb: *a\nc:\n  <<: *a\n  y: 3\nd:\n  <<: [*a, {z: 4}]\n'<<': text\n";
    let a = json!({ "x": 1, "y": 2 });
    let expected = json!({ "a": a, "b": a, "c": { "x": 1, "y": 3 }, "d": { "x": 1, "y": 2, "z": 4 }, "<<": "text" });
    assert_eq!(read(text), Ok(expected));
}

#[test]
fn json_and_what_looks_like_it() {
    assert_eq!(read("\u{feff} {\"a\": [1, 2.5, null, \"x\"]}"), Ok(json!({ "a": [1, 2.5, null, "x"] })));
    assert_eq!(read("{a: [b, 'c']}"), Ok(json!({ "a": ["b", "c"] })));
    assert_eq!(error("{\"a\": 1"), "not JSON: EOF while parsing an object at line 1 column 7");
    assert_eq!(error("{\"a\": 1,\n \"a\": 2}"), "not JSON: the key `a` is given twice at line 2 column 4");
}

#[test]
fn each_defect_is_one_error_with_its_place() {
    for (text, expected) in [
        ("", "the document is empty"),
        ("# nothing\n", "the document is empty"),
        ("a: 1\nb: 2\na: 3\n", "not YAML that can be read: the key `a` is given twice at line 3 column 1"),
        (
            "a: 1\n---\nb: 2\n",
            "not YAML that can be read: a second document begins, and only one can be read at line 2 column 1",
        ),
        (
            "a: !Secret x\n",
            "not YAML that can be read: the tag `!Secret` is neither YAML's nor CloudFormation's at line 1 column 4",
        ),
        (
            "? [a, b]\n: c\n",
            "not YAML that can be read: a key is a list or an object, and has to be text at line 1 column 3",
        ),
        ("a: &a [1, *a]\n", "not YAML that can be read: an alias stands within what it stands for at line 1 column 11"),
        ("a: !!int x\n", "not YAML that can be read: `x` is no int at line 1 column 4"),
    ] {
        assert_eq!(error(text), expected, "{text}");
    }
    for (text, place) in [("a: *b\n", "line 1 column"), ("a: [1, 2\nb: 3", "line 2 column"), ("a:\n\t- b", "line 2")] {
        assert!(error(text).contains(place), "{}", error(text));
    }
}

#[test]
fn a_bomb_of_aliases_is_refused_before_it_goes_off() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..30 {
        let aliases = vec![format!("*a{}", n - 1); 10].join(", ");
        text.push_str(&format!("a{n}: &a{n} [{aliases}]\n"));
    }
    assert!(error(&text).contains("aliases repeat more than 16 MiB at line 6 column"), "{}", error(&text));
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), vec!["*a"; 1000].join(", "));
    assert!(error(&long).contains("aliases repeat more than 16 MiB at line 2 column"), "{}", error(&long));
}

#[test]
fn nesting_is_bounded_however_it_is_written() {
    let deep = [
        "[".repeat(100_000),
        format!("b: {}", "{a: ".repeat(100_000)),
        "- ".repeat(100_000),
        format!("a: {}", "[".repeat(1_000_000)),
        format!("{{\"a\": {}", "[".repeat(100_000)),
    ];
    for text in deep {
        let message = error(&text);
        assert!(
            message.contains("more than 128 deep at line 1") || message.contains("recursion limit exceeded at line 1"),
            "{message}"
        );
    }
    // Each line is shallow; what the aliases come to is not.
    let mut text = String::from("a0: &a0 [x]\n");
    for n in 1..100 {
        text.push_str(&format!("a{n}: &a{n} [[*a{}]]\n", n - 1));
    }
    assert!(error(&text).contains("more than 128 deep at line 65 column"), "{}", error(&text));
}

#[test]
fn long_texts_take_linear_time() {
    // Each would take minutes if anything were worse than linear.
    let texts = [
        "a: 1\n# comment\n".repeat(2).replace("a: 1\n", "") + &"- [a, {b: c}]\n".repeat(100_000),
        (0..50_000).map(|n| format!("k{n}: &a{n} x\n")).collect(),
        format!("a: '{}'", "x ".repeat(500_000)),
        format!("a: \"{}\"", "x\n ".repeat(200_000)),
        format!("a: {}", "x\n  ".repeat(200_000)),
        format!("a: |\n{}", "  x\n".repeat(200_000)),
        "\n".repeat(1_000_000) + "a: b",
        format!("a: [{}]", "b, ".repeat(200_000)),
        format!("a: {{{}}}", (0..50_000).map(|n| format!("k{n}, ")).collect::<String>()),
    ];
    for text in texts {
        assert!(read(&text).is_ok(), "{:?}", read(&text).map(|_| ()));
    }
}

#[test]
fn a_tree_is_the_value_that_its_text_is() {
    let text =
        r#"{"b": [1, -2, 3.0, 1e400, {"a\u00e9\n": null}], "a": {"": true, "x/y": "\ud83d\ude00", "m~n": [[], {}]}}"#
            .replace("1e400", "18446744073709551615");
    let (tree, value) = (Tree::read(&text).unwrap(), read(&text).unwrap());
    assert_eq!(tree.to_value(), value);
    assert_eq!(Tree::from(&value), tree);
    let pointers =
        ["", "/", "a", "/a", "/a/", "/a/x~1y", "/a/m~0n/1", "/b/0", "/b/00", "/b/+1", "/b/4/aé\n", "/b/9", "/b/-"];
    for pointer in pointers {
        assert_eq!(tree.pointer(pointer).map(Tree::to_value).as_ref(), value.pointer(pointer), "{pointer}");
    }
}

#[test]
fn a_tree_is_read_of_nothing_that_is_refused() {
    for text in
        [r#"{"a": 1, "b": 2, "a": 3}"#, r#"{"a": {"b": 1, "\u0062": 2}}"#, "{a: 1}", "{} x", "", "{\"a\": 1e400}"]
    {
        assert_eq!(Tree::read(text), None, "{text}");
    }
    assert_eq!(Tree::read(&"[".repeat(100_000)), None);
}

#[test]
fn a_file_is_read_as_an_export_by_whichever_way_is_shorter() {
    let paths = r#""paths": {"/a": {"get": {"x-amazon-apigateway-integration": {"type": "http", "uri": URI}}}}"#;
    let with = |uri: &str| format!(r#"{{"openapi": "3.0.1", {}}}"#, paths.replace("URI", uri));
    for text in [
        with(r#""https://example.com""#),
        with(r#""https://${AWS::Region}.example.com""#),
        with(r#""https://\u0024{AWS::Region}.example.com""#),
        with(r#"{"Ref": "Host"}"#),
        with(r#"{"R\u0065f": "Host"}"#),
        with(r#"{"Fn::Sub": "https://${Host}"}"#),
        with("\"https://\u{fdd0}x\u{fdd0}\""),
        with(r#""https://\uFDD0x\ufdd0""#),
        with(r#""a", "uri": "b""#),
        format!("\u{feff}{}", with(r#""https://example.com""#)),
        format!(
            r#"{{"Resources": {{"A": {{"Type": "AWS::ApiGateway::RestApi", "Properties": {{"Body": {}}}}}}}}}"#,
            with("\"a\"")
        ),
        r#"{"Resources": 1, "openapi": "3.0.1", "paths": {}}"#.to_owned(),
        r#"{"openapi": "3.1.0", "paths": {}}"#.to_owned(),
        "[]".to_owned(),
        "7".to_owned(),
        String::new(),
    ] {
        assert_eq!(read_export(&text, None), File::read(&text, None).and_then(|file| file.export()), "{text}");
        assert_eq!(
            read_export(&text, Some("A")),
            File::read(&text, Some("A")).and_then(|file| file.export()),
            "{text}"
        );
    }
}
