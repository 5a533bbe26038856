//! The text format of Prometheus, version 0.0.4, read strictly: what its own checker complains of fails here.

use std::collections::{BTreeMap, BTreeSet};

/// The labels of a series.
type Labels = BTreeMap<String, String>;

/// A family of metrics.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) kind: String,
    pub(crate) help: String,
    /// The names of the labels, but for `le`.
    pub(crate) labels: BTreeSet<String>,
}

/// Everything that was told at once.
#[derive(Debug)]
pub(crate) struct Scrape {
    pub(crate) families: BTreeMap<String, Family>,
    series: BTreeMap<(String, Labels), f64>,
}

impl Scrape {
    pub(crate) fn parse(text: &str) -> Self {
        assert!(text.ends_with('\n'), "the last line has an end");
        let mut scrape = Self {
            families: BTreeMap::new(),
            series: BTreeMap::new(),
        };
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let rest = line.strip_prefix("# HELP ").expect("HELP comes first");
            let (name, help) = rest.split_once(' ').expect("a text");
            assert!(!help.is_empty(), "{name} has a text");
            let line = lines.next().expect("TYPE follows");
            let kind = line.strip_prefix(&format!("# TYPE {name} "));
            let kind = kind.unwrap_or_else(|| panic!("TYPE of {name} follows: {line}"));
            check_name(name, kind);
            let family = Family {
                kind: kind.to_owned(),
                help: help.to_owned(),
                labels: BTreeSet::new(),
            };
            let before = scrape.families.insert(name.to_owned(), family);
            assert!(before.is_none(), "{name} comes once");
            let mut count = 0;
            while let Some(line) = lines.next_if(|line| !line.starts_with('#')) {
                scrape.sample(name, kind, line);
                count += 1;
            }
            assert!(count > 0, "{name} has a value");
        }
        scrape.check_histograms();
        scrape
    }

    fn sample(&mut self, family: &str, kind: &str, line: &str) {
        let (series, value) = line.rsplit_once(' ').expect("a value");
        let value: f64 = value.parse().expect("a number");
        let (name, labels) = match series.split_once('{') {
            Some((name, labels)) => (name, read_labels(labels.strip_suffix('}').expect("a }"))),
            None => (series, Labels::new()),
        };
        let suffix = name.strip_prefix(family).expect("of the family");
        let is_part = match kind {
            "histogram" => ["_bucket", "_sum", "_count"].contains(&suffix),
            _ => suffix.is_empty(),
        };
        assert!(is_part, "{name} is no part of {family}");
        assert_eq!(suffix == "_bucket", labels.contains_key("le"), "{line}");
        if kind != "gauge" {
            assert!(value >= 0.0 && value.is_finite(), "{line}");
        }
        let known = self.families.get_mut(family).expect("just added");
        let names: BTreeSet<String> = labels.keys().filter(|it| *it != "le").cloned().collect();
        assert!(
            known.labels.is_empty() || known.labels == names,
            "each series of {family} has the same labels: {line}"
        );
        known.labels = names;
        let before = self.series.insert((name.to_owned(), labels), value);
        assert!(before.is_none(), "the series comes once: {line}");
    }

    fn check_histograms(&self) {
        for ((name, labels), count) in &self.series {
            let Some(family) = name.strip_suffix("_count") else {
                continue;
            };
            let buckets = self.buckets(family, labels);
            assert!(!buckets.is_empty(), "{family} has buckets");
            let (last, all) = buckets.last().expect("not empty");
            assert!(last.is_infinite(), "{family} ends with +Inf");
            assert!((all - count).abs() < 1e-9, "{family}: +Inf is the count");
            assert!(buckets.is_sorted_by(|one, next| one.0 < next.0 && one.1 <= next.1));
            assert!(
                self.series
                    .contains_key(&(format!("{family}_sum"), labels.clone()))
            );
        }
    }

    /// The bounds and cumulative counts of one histogram.
    fn buckets(&self, family: &str, labels: &Labels) -> Vec<(f64, f64)> {
        let name = format!("{family}_bucket");
        let mut buckets: Vec<(f64, f64)> = Vec::new();
        for ((have, all_labels), count) in &self.series {
            let mut rest = all_labels.clone();
            let bound = rest.remove("le");
            if *have == name && rest == *labels {
                let bound = bound.expect("a bucket has a bound");
                buckets.push((bound.parse().expect("a bound is a number"), *count));
            }
        }
        buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
        buckets
    }

    /// The sum of the series of that name that have these labels.
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let name = format!("coachwhip_{name}");
        let has_all = |have: &Labels| {
            labels
                .iter()
                .all(|(label, value)| have.get(*label).is_some_and(|it| it == value))
        };
        let series = self.series.iter();
        let found = series.filter(|((have, labels), _)| *have == name && has_all(labels));
        found.map(|(_, value)| value).sum()
    }

    /// How many durations of a histogram, over all workers, were within `seconds`, rounded up to the next bound.
    pub(crate) fn within(&self, name: &str, seconds: f64) -> f64 {
        let bucket = format!("coachwhip_{name}_bucket");
        let bound = |labels: &Labels| labels["le"].parse::<f64>().expect("a number");
        let mine = || self.series.iter().filter(|((have, _), _)| *have == bucket);
        let bounds = mine().map(|((_, labels), _)| bound(labels));
        let nearest = bounds
            .filter(|it| *it >= seconds)
            .fold(f64::INFINITY, f64::min);
        let series = mine().filter(|((_, labels), _)| bound(labels).total_cmp(&nearest).is_eq());
        series.map(|(_, count)| count).sum()
    }

    /// Each value of a label of a metric.
    pub(crate) fn values(&self, name: &str, label: &str) -> BTreeSet<String> {
        let name = format!("coachwhip_{name}");
        let series = self.series.keys().filter(|(have, _)| *have == name);
        series
            .filter_map(|(_, labels)| labels.get(label).cloned())
            .collect()
    }
}

/// A count as the text has it.
pub(crate) fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).expect("a test counts no further"))
}

fn check_name(name: &str, kind: &str) {
    let rest = name.strip_prefix("coachwhip_");
    let rest = rest.unwrap_or_else(|| panic!("{name} has the prefix"));
    assert!(
        rest.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
        "{name}"
    );
    assert!(
        ["counter", "gauge", "histogram"].contains(&kind),
        "{name}: {kind}"
    );
    assert_eq!(name.ends_with("_total"), kind == "counter", "{name}");
    for unit in ["_ms", "_milliseconds", "_kb", "_mb", "_percent"] {
        assert!(!name.contains(unit), "{name} is in base units");
    }
}

fn read_labels(mut text: &str) -> Labels {
    let mut labels = Labels::new();
    while !text.is_empty() {
        let (name, rest) = text.split_once("=\"").expect("a quoted value");
        assert!(
            name.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
            "{name}"
        );
        let (value, rest) = rest.split_once('"').expect("its end");
        assert!(
            !value.contains('\\'),
            "no value of ours needs to be escaped"
        );
        assert!(
            labels.insert(name.to_owned(), value.to_owned()).is_none(),
            "{name} twice"
        );
        text = rest.strip_prefix(',').unwrap_or(rest);
    }
    labels
}

#[test]
fn what_is_no_text_of_prometheus_is_refused() {
    let good =
        "# HELP coachwhip_a_total A.\n# TYPE coachwhip_a_total counter\ncoachwhip_a_total 1\n";
    assert!((Scrape::parse(good).sum("a_total", &[]) - 1.0).abs() < 1e-9);
    for bad in [
        good.trim_end().to_owned(),
        good.repeat(2),
        good.replace("counter", "gauge"),
        good.replace("total 1", "total one"),
        good.replace("# HELP coachwhip_a_total A.\n", ""),
        good.replace("coachwhip_a_total 1\n", ""),
        good.replace("coachwhip_a_total 1\n", "coachwhip_b_total 1\n"),
        format!("{good}coachwhip_a_total 2\n"),
        good.replace("total 1", "total{b=\"c\",b=\"c\"} 1"),
    ] {
        let parsed = std::panic::catch_unwind(|| Scrape::parse(&bad));
        assert!(parsed.is_err(), "{bad}");
    }
}
