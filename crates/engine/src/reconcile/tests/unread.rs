//! What becomes of findings where what would tell was not read.

use super::*;

#[test]
fn what_host_names_told_is_unknown_where_they_are_not_looked_up() {
    let (mut known, _) = opened("custom-domain-missing", "domain");
    let gaps = [gap("custom-domain-missing", "domain")];
    let coverage = audit(&fixture::healthy());
    let run = Run {
        at: at(2),
        now: at(24),
        coverage: &coverage,
        findings: BTreeMap::new(),
        not_evaluated: &[],
        not_looked_up: &gaps,
    };
    let changed = reconcile(&known.0, &run);
    known.0.extend(changed);
    assert_eq!(known.only(), "unknown (denied), seen 1 to 1, 1:open 2:unknown");
}

#[test]
fn a_list_that_was_not_read_hides_what_would_be_on_it() {
    let snapshot = fixture::healthy();
    let outside = |what: &str| Resource::outside(&snapshot, "cloudfront", &format!("distribution/{what}"));
    let mut known = Known::default();
    let seen = finding("cloudfront-forwards-host", outside("E1"));
    known.run(1, &audit(&snapshot), std::slice::from_ref(&seen), &[]);
    let unread = NotEvaluated { resource: outside("*"), ..gap("cloudfront-forwards-host", "key") };
    known.run(2, &audit(&snapshot), &[], &[unread]);
    assert_eq!(known.only(), "unknown (denied), seen 1 to 1, 1:open 2:unknown");
}
