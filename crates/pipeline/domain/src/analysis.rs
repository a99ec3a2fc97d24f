//! When events were created, and how long after its last arrival an id was acknowledged.
//!
//! All times are creation times of events, in milliseconds since 1970. For an acknowledgement, that
//! is when it was sent; a reader of committed events sees it only when its transaction ends, a few
//! milliseconds later.

use std::collections::HashMap;

use crate::source::Source;

/// Maximum number of ids followed. Beyond it, half of them are dropped, repeatedly. Which ones
/// depends on the ids alone, so that the remaining ones are a fair sample.
const MAX_TRACKED: usize = 200_000;

/// The times of one id.
#[derive(Clone, Copy, Debug, Default)]
struct Track {
    arrived: [Option<i64>; 3],
    acknowledged: Option<i64>,
}

/// Records events in any order, in bounded memory.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    tracks: HashMap<i64, Track>,
    /// Ids whose hash ends with this many zeros are followed.
    zeros: u32,
    events: [u64; 3],
    acknowledgements: u64,
    repeated: u64,
    /// Creation times of the first and the last event.
    span: Option<[i64; 2]>,
}

/// A point of a time series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Seconds since the very first event.
    pub seconds: f64,
    /// The event's id.
    pub id: i64,
}

/// The analysis.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// Creation times of the first and the last event, in milliseconds since 1970.
    pub span: Option<[i64; 2]>,
    /// The events of each source by time.
    pub arrivals: [Vec<Point>; 3],
    /// The acknowledgements by time.
    pub acknowledgements: Vec<Point>,
    /// The delays from last arrival to acknowledgement, if anything was acknowledged.
    pub delay: Option<Delay>,
    /// Exact counts.
    pub counts: Counts,
    /// The share of ids in the series and delays; 1 up to 200,000 ids.
    pub share: f64,
}

/// Numbers of events and ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events of each source.
    pub events: [u64; 3],
    /// Acknowledgements.
    pub acknowledgements: u64,
    /// Repeated acknowledgements among the followed ids.
    pub repeated: u64,
    /// Followed ids that have arrived on all topics.
    pub complete: u64,
    /// Those of them without an acknowledgement.
    pub unacknowledged: u64,
}

/// The distribution of delays, in milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Delay {
    sorted: Vec<i64>,
}

/// A bar of a histogram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// Smallest delay in it, in milliseconds.
    pub from: f64,
    /// Where the next bin begins.
    pub to: f64,
    /// Delays in it.
    pub count: u64,
}

impl Recorder {
    /// Records an event of a source with a valid row.
    pub fn record_arrival(&mut self, source: Source, id: i64, created: i64) {
        self.events[source.index()] += 1;
        self.record_time(created);
        if let Some(track) = self.track(id) {
            let first = &mut track.arrived[source.index()];
            *first = Some(first.map_or(created, |first| first.min(created)));
        }
    }

    /// Records an acknowledgement.
    pub fn record_acknowledgement(&mut self, id: i64, created: i64) {
        self.acknowledgements += 1;
        self.record_time(created);
        let Some(track) = self.track(id) else { return };
        let again = track.acknowledged.is_some();
        let first = track.acknowledged.get_or_insert(created);
        *first = created.min(*first);
        self.repeated += u64::from(again);
    }

    fn record_time(&mut self, created: i64) {
        let [first, last] = self.span.unwrap_or([created; 2]);
        self.span = Some([first.min(created), last.max(created)]);
    }

    fn track(&mut self, id: i64) -> Option<&mut Track> {
        let zeros = hash(id).trailing_zeros();
        if zeros < self.zeros {
            return None;
        }
        if self.tracks.len() >= MAX_TRACKED && !self.tracks.contains_key(&id) {
            self.zeros += 1;
            let least = self.zeros;
            self.tracks
                .retain(|id, _| hash(*id).trailing_zeros() >= least);
        }
        (zeros >= self.zeros).then(|| self.tracks.entry(id).or_default())
    }

    /// The analysis, with at most `points` points in each series.
    pub fn finish(self, points: usize) -> Analysis {
        let first = self.span.unwrap_or_default()[0];
        let seconds = |created: i64| (created - first) as f64 / 1000.0;
        let mut arrivals = [const { Vec::new() }; 3];
        let mut acknowledgements = Vec::new();
        let mut delays = Vec::new();
        let mut complete = 0;
        for (&id, track) in &self.tracks {
            let point = |series: &mut Vec<Point>, created: Option<i64>| {
                series.extend(created.map(|created| Point {
                    seconds: seconds(created),
                    id,
                }));
            };
            for (series, created) in arrivals.iter_mut().zip(track.arrived) {
                point(series, created);
            }
            point(&mut acknowledgements, track.acknowledged);
            if let [Some(a), Some(b), Some(c)] = track.arrived {
                complete += 1;
                delays.extend(track.acknowledged.map(|at| at - a.max(b).max(c)));
            }
        }
        for series in arrivals.iter_mut().chain([&mut acknowledgements]) {
            series.sort_unstable_by(|a, b| a.seconds.total_cmp(&b.seconds).then(a.id.cmp(&b.id)));
            downsample(series, points);
        }
        delays.sort_unstable();
        let unacknowledged = complete - delays.len() as u64;
        Analysis {
            span: self.span,
            arrivals,
            acknowledgements,
            delay: (!delays.is_empty()).then_some(Delay { sorted: delays }),
            counts: Counts {
                events: self.events,
                acknowledgements: self.acknowledgements,
                repeated: self.repeated,
                complete,
                unacknowledged,
            },
            share: 0.5_f64.powi(self.zeros as i32),
        }
    }
}

/// Keeps at most `points` of a series, evenly spaced.
fn downsample(series: &mut Vec<Point>, points: usize) {
    let before = series.len();
    let points = points.min(before);
    *series = (0..points).map(|at| series[at * before / points]).collect();
}

/// The finaliser of splitmix64: ids are often consecutive, but their hashes are not.
fn hash(id: i64) -> u64 {
    let mut hash = (id as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ hash >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ hash >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ hash >> 31
}

impl Delay {
    /// How many delays there are.
    pub fn count(&self) -> usize {
        self.sorted.len()
    }

    /// The shortest.
    pub fn shortest(&self) -> i64 {
        self.sorted[0]
    }

    /// The longest.
    pub fn longest(&self) -> i64 {
        self.sorted[self.sorted.len() - 1]
    }

    /// The middle one, or the mean of the two in the middle.
    pub fn median(&self) -> f64 {
        let count = self.sorted.len();
        (self.sorted[(count - 1) / 2] + self.sorted[count / 2]) as f64 / 2.0
    }

    /// The shortest delay that this share of all does not exceed (nearest rank); `share` in 0..=1.
    pub fn percentile(&self, share: f64) -> i64 {
        let rank = (share.clamp(0.0, 1.0) * self.sorted.len() as f64).ceil() as usize;
        self.sorted[rank.saturating_sub(1)]
    }

    /// `bins` bars of equal width in whole milliseconds, from the shortest delay to the 99th
    /// percentile. Longer delays are counted in the last bin, which ends at the longest.
    pub fn histogram(&self, bins: usize) -> Vec<Bin> {
        let (from, to) = (self.shortest(), self.percentile(0.99) + 1);
        let width = ((to - from) as f64 / bins.max(1) as f64).ceil().max(1.0);
        let mut bars: Vec<Bin> = (0..bins.max(1))
            .map(|at| Bin {
                from: from as f64 + at as f64 * width,
                to: from as f64 + (at + 1) as f64 * width,
                count: 0,
            })
            .take_while(|bar| bar.from < to as f64)
            .collect();
        let last = bars.len() - 1;
        for delay in &self.sorted {
            let at = ((delay - from) as f64 / width) as usize;
            bars[at.min(last)].count += 1;
        }
        bars[last].to = bars[last].to.max(self.longest() as f64 + 1.0);
        bars
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_is_from_the_last_first_arrival_to_the_first_acknowledgement() {
        let mut recorder = Recorder::default();
        for (id, acknowledged) in [(1, 1_050), (2, 1_035), (3, 1_040)] {
            for (source, created) in Source::ALL.into_iter().zip([1_000, 1_030, 1_020]) {
                recorder.record_arrival(source, id, created);
            }
            // A repeat does not move the arrival.
            recorder.record_arrival(Source::Second, id, 1_049);
            recorder.record_acknowledgement(id, acknowledged);
        }
        // Nor does a second acknowledgement, which is counted.
        recorder.record_acknowledgement(1, 1_050);
        recorder.record_arrival(Source::First, 4, 990);
        let analysis = recorder.finish(100);
        let delay = analysis.delay.unwrap();
        assert_eq!(
            (delay.shortest(), delay.median(), delay.longest()),
            (5, 10.0, 20)
        );
        assert_eq!(analysis.counts.events, [4, 6, 3]);
        assert_eq!(analysis.counts.repeated, 1);
        assert_eq!(analysis.span, Some([990, 1_050]));
        assert_eq!(
            (analysis.counts.complete, analysis.counts.unacknowledged),
            (3, 0)
        );
        assert_eq!(
            analysis.arrivals[0][0],
            Point {
                seconds: 0.0,
                id: 4
            }
        );
        assert_eq!(analysis.acknowledgements[0].seconds, 0.045);
    }

    #[test]
    fn percentiles_are_of_the_nearest_rank_and_the_histogram_loses_none() {
        let delay = Delay {
            sorted: (1..=1000).collect(),
        };
        assert_eq!(delay.median(), 500.5);
        assert_eq!(
            [0.5, 0.95, 0.99, 0.0, 1.0].map(|share| delay.percentile(share)),
            [500, 950, 990, 1, 1000]
        );
        // From 1 to the 99th percentile, 990, in equal whole widths; the last has the longer ones.
        for (bins, width, count) in [(0, 990, 1), (7, 142, 7), (30, 33, 30), (2000, 1, 990)] {
            let bars = delay.histogram(bins);
            let expected = (0..count).map(|at| match (1 + at * width, at + 1 == count) {
                (from, false) => (from as f64, (from + width) as f64, width),
                (from, true) => (from as f64, 1001.0, 1001 - from),
            });
            let bars = bars.iter().map(|bar| (bar.from, bar.to, bar.count));
            assert!(bars.eq(expected), "{bins}");
        }
        let one = Delay { sorted: vec![7] };
        assert_eq!((one.median(), one.histogram(30).len()), (7.0, 1));
    }

    #[test]
    fn memory_is_bounded_and_what_is_left_is_a_fair_sample() {
        let mut recorder = Recorder::default();
        for id in 0..1_000_000 {
            for source in Source::ALL {
                recorder.record_arrival(source, id, 0);
                assert!(recorder.tracks.len() <= MAX_TRACKED);
            }
            recorder.record_acknowledgement(id, id % 100);
            assert_eq!(
                recorder.zeros == 0,
                id < 200_000,
                "up to 200,000 all are followed"
            );
        }
        recorder.record_acknowledgement(1 << 40, 0);
        let analysis = recorder.finish(1000);
        assert_eq!(analysis.counts.events, [1_000_000; 3]);
        assert_eq!(analysis.counts.acknowledgements, 1_000_001);
        assert_eq!(analysis.share, 0.125);
        let delay = analysis.delay.unwrap();
        let expected = 125_000.0;
        assert!((delay.count() as f64 - expected).abs() < 1_500.0);
        let followed = (0..1_000_000).filter(|id| hash(*id).trailing_zeros() >= 3);
        assert_eq!(delay.count(), followed.count());
        assert!((delay.median() - 49.5).abs() < 1.0);
        assert_eq!(analysis.acknowledgements.len(), 1000);
        // Points at equal distances: acknowledged evenly over 100 ms, and so are they.
        let mean = analysis.acknowledgements.iter().map(|point| point.seconds);
        assert!((mean.sum::<f64>() / 1000.0 - 0.0495).abs() < 0.001);
    }

    #[test]
    fn an_id_that_is_not_followed_takes_no_room_from_those_that_are() {
        let (mut recorder, mut ids) = (Recorder::default(), 0..);
        while recorder.zeros == 0 || recorder.tracks.len() < MAX_TRACKED {
            recorder.record_acknowledgement(ids.next().unwrap(), 0);
        }
        let others = ids.filter(|id| hash(*id).trailing_zeros() < 1);
        for id in others.take(10) {
            recorder.record_acknowledgement(id, 0);
        }
        assert_eq!((recorder.zeros, recorder.tracks.len()), (1, MAX_TRACKED));
    }

    #[test]
    fn ids_are_hashed_by_splitmix64() {
        // The first number that the generator gives for this seed, as published with Rosetta Code.
        assert_eq!(hash(1_234_567), 6_457_827_717_110_365_317);
    }
}
