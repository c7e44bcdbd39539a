//! What becomes of findings where a run over a region is made of parts.

use super::*;
use crate::snapshot::Listed;

/// The healthy account's only API as a part of a run, and what belongs to none.
fn parts() -> (Coverage, Coverage) {
    let whole = fixture::healthy();
    let api = &whole.apis[0];
    let listed = Listed { id: api.id.clone(), name: api.name.clone(), kind: api.kind };
    let rest = Snapshot { apis: Vec::new(), others: vec![listed], health: None, ..whole.clone() };
    (Coverage::of_api(&whole), Coverage::of_rest(&rest))
}

fn closing(unfinished: Option<&str>) -> Coverage {
    Coverage::closing(ACCOUNT, REGION, BTreeSet::from([API.to_owned()]), unfinished.map(str::to_owned), false)
}

#[test]
fn what_belongs_to_the_account_is_settled_when_all_parts_of_a_run_have_ended() {
    let (api, rest) = parts();
    let check = "domain-mapping-to-missing-stage";
    // What is an API's own, its part settles: the stage is gone, or the mapping.
    for name in ["mapping", "other stage"] {
        let (mut known, _) = opened(check, name);
        known.run(2, &rest, &[], &[]);
        assert_eq!(known.only(), "open, seen 1 to 1, 1:open", "{name}");
        known.run(2, &api, &[], &[]);
        assert!(known.only().starts_with("resolved"), "{name}: {}", known.only());
    }
    for name in ["key", "domain"] {
        let (mut known, finding) = opened(check, name);
        // No part settles what is the account's by its silence.
        known.run(2, &api, &[], &[]);
        known.run(2, &rest, &[], &[]);
        assert_eq!(known.only(), "open, seen 1 to 1, 1:open", "{name}");
        // A part that sees it keeps it open, whatever the end says.
        known.run(3, &api, &[finding], &[]);
        known.run(3, &closing(None), &[], &[]);
        assert_eq!(known.only(), "open, seen 1 to 3, 1:open", "{name}");
        // One that could not look makes it unknown.
        known.run(4, &api, &[], &[gap(check, name)]);
        known.run(4, &closing(None), &[], &[]);
        assert_eq!(known.only(), "unknown (denied), seen 1 to 3, 1:open 4:unknown", "{name}");
        // It stays so where a part did not end; then all have ended, and none has seen it.
        known.run(5, &rest, &[], &[]);
        known.run(5, &closing(Some("one API of the region was not audited")), &[], &[]);
        assert_eq!(known.only(), "unknown (denied), seen 1 to 3, 1:open 4:unknown", "{name}");
        known.run(6, &closing(None), &[], &[]);
        assert_eq!(known.only(), "resolved, seen 1 to 3, 1:open 4:unknown 6:resolved", "{name}");
    }
    // Where a part did not end, it is not known.
    let (mut known, _) = opened(check, "key");
    known.run(2, &closing(Some("one API of the region was not audited")), &[], &[]);
    assert_eq!(known.only(), "unknown (one api of the region was not audited), seen 1 to 1, 1:open 2:unknown");
}

#[test]
fn the_end_of_a_run_says_nothing_of_apis_and_functions() {
    for name in ["api", "stage", "route", "function"] {
        let (mut known, _) = opened("undeployed-change", name);
        known.run(2, &closing(None), &[], &[]);
        known.run(3, &closing(Some("why")), &[], &[]);
        assert_eq!(known.only(), "open, seen 1 to 1, 1:open", "{name}");
    }
}
