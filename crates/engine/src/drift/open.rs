//! Differences between documents that depend on what a template does not tell.

use std::collections::BTreeSet;

use serde_json::Value;

use super::NotComparable;
use super::compare::{Comparison, Difference};
use crate::configuration::RouteKey;
use crate::openapi::Document;
use crate::unknown::{Agreement, compare, is_in, names, shown};

/// Sets aside the differences that are none if what is not known comes out right, and takes the marks from the others.
pub(super) fn set_aside(comparison: &mut Comparison, documents: [&Document; 2]) {
    let open: BTreeSet<(&RouteKey, &str)> =
        documents.iter().flat_map(|document| &document.unknown).map(|(key, field)| (key, *field)).collect();
    let is_open = |difference: &Difference| {
        let place = difference.route.as_ref().zip(difference.field.as_deref());
        place.is_some_and(|place| open.contains(&place))
    };
    let differences = std::mem::take(&mut comparison.differences);
    for mut difference in differences {
        let Difference { live, deployed, field, .. } = &difference;
        let may_agree = field.is_some() && (may_agree(live, deployed) || may_agree(deployed, live));
        if may_agree || is_open(&difference) {
            let unknown = [names(live), names(deployed)].concat().join(", ");
            let (method, path) = difference.route.map_or((None, None), |key| (key.method, Some(key.path)));
            comparison.not_comparable.push(NotComparable {
                field: difference.field.unwrap_or_default(),
                reason: match unknown.is_empty() {
                    true => "the template does not tell it".to_owned(),
                    false => format!("the template does not tell {unknown}"),
                },
                subject: difference.subject,
                method,
                path,
                name: difference.name,
            });
            continue;
        }
        difference.live = shown(&difference.live);
        difference.deployed = shown(&difference.deployed);
        comparison.differences.push(difference);
    }
}

fn may_agree(pattern: &Value, value: &Value) -> bool {
    is_in(pattern) && (is_in(value) || compare(pattern, value) == Agreement::Unknown)
}
