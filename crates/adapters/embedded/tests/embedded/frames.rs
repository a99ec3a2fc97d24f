//! What is almost a request, to the embedded Kafka: it ends the connection, never the process.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use adapter_embedded::EmbeddedKafka;

use crate::kafka::works;

/// Numbers that follow from a seed (SplitMix64).
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound as u64).unwrap()
    }
}

/// Key, version and what follows the head of requests that others have written.
fn requests() -> Vec<(i16, i16, Vec<u8>)> {
    let lines = include_str!("../requests.hex").lines();
    let parsed = lines.map(|line| {
        let words: Vec<_> = line.split(' ').collect();
        let digit = |at: usize| u8::from_str_radix(&words[2][at..at + 2], 16).unwrap();
        let body = (0..words[2].len()).step_by(2).map(digit).collect();
        (words[0].parse().unwrap(), words[1].parse().unwrap(), body)
    });
    parsed.collect()
}

fn frame(key: i16, version: i16, correlation: i32, body: &[u8]) -> Vec<u8> {
    let size = i32::try_from(body.len() + 8).unwrap();
    let numbers = [&key.to_be_bytes()[..], &version.to_be_bytes()].concat();
    [
        &size.to_be_bytes()[..],
        &numbers,
        &correlation.to_be_bytes(),
        body,
    ]
    .concat()
}

/// A few of its bytes are others, or missing, or too many.
fn changed(mut body: Vec<u8>, draw: &mut Draw) -> Vec<u8> {
    for _ in 0..draw.below(3) {
        let at = draw.below(body.len());
        match draw.below(6) {
            0 => body[at] ^= 1 << draw.below(8),
            1 => body[at] = [0, 1, 2, 0x7f, 0x80, 0xff][draw.below(6)],
            2 => body.truncate(at.max(1)),
            3 => body.insert(at, [0, 1, 0xff][draw.below(3)]),
            // A length or a count.
            4 => {
                let extreme = [-1, -2, 0, i32::MAX, i32::MIN, 1_000, 65_536][draw.below(7)];
                let number = extreme.to_be_bytes();
                let length = [2, 4][draw.below(2)].min(body.len() - at);
                body[at..at + length].copy_from_slice(&number[4 - length..]);
            }
            _ => {
                body.remove(at);
                body.push(0);
            }
        }
    }
    body
}

#[test]
fn thousands_of_requests_that_are_almost_right_end_connections_and_not_the_kafka() {
    let kafka = EmbeddedKafka::start(&[("topic", 5), ("honest", 1)], 0).unwrap();
    let requests = requests();
    let (mut draw, mut open, mut answered) = (Draw(3), VecDeque::new(), 0);
    for _ in 0..3_000 {
        let mut stream = TcpStream::connect(kafka.bootstrap_servers()).unwrap();
        // Some are right, so that the others meet topics, groups and transactions.
        let is_right = draw.below(3) == 0;
        for correlation in 0..3 {
            let (key, version, body) = &requests[draw.below(requests.len())];
            // Now and then, as the same request in another version.
            let step = [0, 0, 0, 0, 0, 0, 1, -1][draw.below(8)];
            let sent = match is_right {
                true => frame(*key, *version, correlation, body),
                false => {
                    let body = changed(body.clone(), &mut draw);
                    frame(*key, version + step, correlation, &body)
                }
            };
            // It may have ended the connection.
            let _ = stream.write_all(&sent);
        }
        // The end, an answer, or what takes its time, such as joining a group.
        let patience = Some(Duration::from_millis(10));
        stream.set_read_timeout(patience).unwrap();
        answered += usize::from(stream.read(&mut [0; 8]).is_ok_and(|read| read > 0));
        open.push_back(stream);
        if open.len() > 50 {
            open.swap_remove_back(draw.below(50));
        }
    }
    drop(open);
    assert!(answered > 500, "only {answered} connections had an answer");
    works(&kafka, "honest");
}
