//! Small charts: how many there were, over time.
//!
//! A chart is drawn in slots of equal length. What lies between two runs is as the earlier one left it; of failures, a slot
//! shows the run that saw the most, because runs look at spans that overlap.

use std::collections::BTreeMap;
use std::fmt::Write;

use engine::finding::Severity;
use jiff::Timestamp;
use maud::{Markup, html};
use store::Point;

use super::parts::{short, when};

/// How many slots there are at most.
const MOST_SLOTS: i64 = 96;

/// How many rows the table of a chart has at most.
const MOST_ROWS: usize = 24;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// There is so much until the next run says otherwise.
    Level,
    /// So much was seen.
    Events,
}

/// What one source told, by slot: when, and how many.
type Seen = BTreeMap<i64, (Timestamp, u64)>;

/// A chart that is to be drawn.
#[derive(Debug, PartialEq, Eq)]
struct Chart {
    /// The beginning of each slot.
    times: Vec<Timestamp>,
    /// The layers, the lowest first: a class of the style sheet, which is its name, and a number for each slot.
    layers: Vec<(&'static str, Vec<u64>)>,
}

/// Open findings over time, the worst at the bottom, where they can be compared best.
pub(super) fn findings(points: &[Point]) -> Markup {
    let names = Severity::WORST_FIRST.map(Severity::name);
    let layer =
        |label: &str| label.rsplit_once('/').and_then(|(_, severity)| names.iter().position(|own| *own == severity));
    draw("Open findings", &Chart::of(points, Kind::Level, &names, &layer))
}

/// Failures over time.
pub(super) fn errors(points: &[Point]) -> Markup {
    draw("Failures", &Chart::of(points, Kind::Events, &["failures"], &|_| Some(0)))
}

impl Chart {
    fn of(points: &[Point], kind: Kind, names: &[&'static str], layer: &dyn Fn(&str) -> Option<usize>) -> Chart {
        let empty = Chart { times: Vec::new(), layers: Vec::new() };
        let times = || points.iter().map(|point| point.time);
        let (Some(first), Some(last)) = (times().min(), times().max()) else { return empty };
        let (from, length) = (first.as_second(), last.as_second().saturating_sub(first.as_second()));
        // As many slots as there are runs, if they come at equal distances.
        let runs = times().collect::<std::collections::BTreeSet<_>>().len();
        let slots = i64::try_from(runs).unwrap_or(MOST_SLOTS).clamp(1, MOST_SLOTS);
        let slot = |time: Timestamp| match length {
            0 => 0,
            length => (time.as_second().saturating_sub(from).saturating_mul(slots - 1) + length / 2) / length,
        };
        let mut sources: BTreeMap<(usize, &str), Seen> = BTreeMap::new();
        for point in points {
            let Some(layer) = layer(&point.label) else { continue };
            let seen = sources.entry((layer, &point.label)).or_default().entry(slot(point.time));
            let seen = seen.or_insert((point.time, point.value));
            let is_more = match kind {
                Kind::Level => point.time >= seen.0,
                Kind::Events => point.value > seen.1,
            };
            if is_more {
                *seen = (point.time, point.value);
            }
        }
        let layers = names.iter().enumerate().map(|(layer, name)| {
            let own = || sources.iter().filter(|((of, _), _)| *of == layer).map(|(_, seen)| seen);
            let at = |slot: i64| -> u64 {
                let of = |seen: &Seen| match kind {
                    Kind::Level => seen.range(..=slot).next_back().map_or(0, |(_, (_, value))| *value),
                    Kind::Events => seen.get(&slot).map_or(0, |(_, value)| *value),
                };
                own().map(of).fold(0, u64::saturating_add)
            };
            (*name, (0..slots).map(at).collect())
        });
        let time = |slot: i64| {
            let seconds = length.saturating_mul(slot) / (slots - 1).max(1);
            first.saturating_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(first)
        };
        Chart { layers: layers.collect(), times: (0..slots).map(time).collect() }
    }

    /// The sum of each slot.
    fn totals(&self) -> Vec<u64> {
        let total = |at: usize| {
            self.layers.iter().filter_map(|(_, values)| values.get(at)).fold(0, |a: u64, b| a.saturating_add(*b))
        };
        (0..self.times.len()).map(total).collect()
    }

    /// What each layer fills: a step for each slot, `top` being the height of the chart. 100 units high, 10 a slot wide.
    fn paths(&self, top: u64) -> Vec<(&'static str, String)> {
        let height =
            |value: u64| 1000 - u64::try_from(u128::from(value) * 1000 / u128::from(top.max(1))).unwrap_or(1000);
        let mut below = vec![0_u64; self.times.len()];
        let mut paths = Vec::new();
        for (name, values) in self.layers.iter().filter(|(_, values)| values.iter().any(|value| *value > 0)) {
            let mut path = String::new();
            for (at, (value, base)) in values.iter().zip(&mut below).enumerate() {
                let sum = base.saturating_add(*value);
                if *value > 0 {
                    let (low, high) = (height(*base), height(sum));
                    let _ = write!(path, "M{} {low}V{high}h10V{low}z", at * 10);
                }
                *base = sum;
            }
            paths.push((*name, path));
        }
        paths
    }
}

fn draw(title: &str, chart: &Chart) -> Markup {
    let totals = chart.totals();
    let (Some(first), Some(last), Some(now)) = (chart.times.first(), chart.times.last(), totals.last()) else {
        return html! { figure.chart { figcaption { (title) } p.dim { "No run yet." } } };
    };
    let most = totals.iter().copied().max().unwrap_or_default();
    if chart.times.len() == 1 {
        return html! { figure.chart { figcaption { (title) } p.dim { (now) " at the only run so far, " (when(*first)) "." } } };
    }
    let says =
        format!("{title} from {} to {}: {now} at last, {most} at most.", words::minute(*first), words::minute(*last));
    let paths = chart.paths(most);
    html! {
        figure.chart {
            figcaption { (title) " " span.dim { (now) " at last, " (most) " at most" } }
            div.plot {
                span.top.dim aria-hidden="true" { (most) }
                svg viewBox={ "0 0 " (chart.times.len() * 10) " 1000" } preserveAspectRatio="none" role="img" aria-label=(says) {
                    @for (name, path) in &paths { path class=(name) d=(path) {} }
                }
            }
            div.axis.dim aria-hidden="true" { (when(*first)) (when(*last)) }
            @if chart.layers.len() > 1 && !paths.is_empty() {
                ul.legend { @for (name, _) in &paths { li class=(name) { (name) } } }
            }
            (table(title, chart))
        }
    }
}

/// The numbers, the newest first, for those who cannot see a chart or want to know exactly.
fn table(title: &str, chart: &Chart) -> Markup {
    html! {
        details {
            summary { "The numbers" }
            div.scroll tabindex="0" role="region" aria-label={ (short(title, 40)) " as numbers" } {
                table {
                    thead { tr { th scope="col" { "Run" } @for (name, _) in &chart.layers { th.number scope="col" { (name) } } } }
                    tbody {
                        @for (at, time) in chart.times.iter().enumerate().rev().take(MOST_ROWS) {
                            tr {
                                th scope="row" { (when(*time)) }
                                @for (_, values) in &chart.layers {
                                    td.number { (values.get(at).copied().unwrap_or_default()) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(time: &str, value: u64, label: &str) -> Point {
        Point { time: time.parse().unwrap(), value, label: label.to_owned() }
    }

    const TIMES: [&str; 3] = ["2026-10-10T10:00:00Z", "2026-10-10T11:00:00Z", "2026-10-10T12:00:00Z"];

    #[test]
    fn findings_stay_until_a_run_says_otherwise() {
        let points = [
            point(TIMES[0], 1, "1/eu-west-1/high"),
            point(TIMES[1], 4, "1/us-east-1/high"),
            point(TIMES[2], 2, "1/eu-west-1/high"),
            point(TIMES[2], 3, "1/eu-west-1/low"),
        ];
        let names = Severity::WORST_FIRST.map(Severity::name);
        let layer = |label: &str| names.iter().position(|own| label.ends_with(own));
        let chart = Chart::of(&points, Kind::Level, &names, &layer);
        assert_eq!(chart.times, TIMES.map(|time| time.parse().unwrap()));
        assert_eq!(chart.layers[1], ("high", vec![1, 5, 6]));
        assert_eq!(chart.layers[3], ("low", vec![0, 0, 3]));
        assert_eq!(chart.totals(), [1, 5, 9]);
        let paths = chart.paths(9);
        assert_eq!(paths[0], ("high", "M0 1000V889h10V1000zM10 1000V445h10V1000zM20 1000V334h10V1000z".to_owned()));
        assert_eq!(paths[1], ("low", "M20 334V0h10V334z".to_owned()));
    }

    #[test]
    fn of_failures_in_one_slot_the_most_count() {
        let times: Vec<Timestamp> = (0..=200).map(|hour| Timestamp::from_second(hour * 3600).unwrap()).collect();
        let points: Vec<Point> = times
            .iter()
            .enumerate()
            .map(|(at, time)| Point { time: *time, value: u64::from(at % 2 == 0) * 7, label: "1/eu".into() })
            .collect();
        let chart = Chart::of(&points, Kind::Events, &["failures"], &|_| Some(0));
        assert_eq!(chart.times.len(), 96);
        assert_eq!(chart.layers[0].1.iter().copied().max(), Some(7));
        assert_eq!(Chart::of(&[], Kind::Events, &["failures"], &|_| Some(0)).times, []);
    }

    #[test]
    fn numbers_of_any_size_are_drawn() {
        let points = [point(TIMES[0], u64::MAX, "a/b"), point(TIMES[1], u64::MAX, "a/c"), point(TIMES[2], 1, "a/c")];
        let drawn = errors(&points).into_string();
        assert!(drawn.contains("M0 1000V0h10V1000z"), "{drawn}");
    }
}
