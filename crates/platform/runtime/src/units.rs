//! Numbers with units: 10m, 16MB, 1k.

/// Converts a whole number with a suffix that matches `unit` to a plain number; returns other texts
/// unchanged. Case matters: `m` is a minute, `M` a million.
pub fn plain(text: &str, unit: &str) -> String {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, suffix) = text.split_at(digits);
    let suffix = suffix.trim_start();
    let factor = suffixes(unit).iter().find(|(known, _)| *known == suffix);
    let number: Option<i64> = number.parse().ok();
    let plain = number
        .zip(factor)
        .and_then(|(number, (_, factor))| number.checked_mul(*factor));
    plain.map_or_else(|| text.to_owned(), |plain| plain.to_string())
}

fn suffixes(unit: &str) -> &'static [(&'static str, i64)] {
    match unit {
        // A setting without a unit, such as a port or a code.
        "" => &[],
        "milliseconds" => &[("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)],
        "seconds" => &[("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)],
        "days" => &[("d", 1), ("w", 7)],
        "bytes" => &[
            ("B", 1),
            ("kB", 1000),
            ("MB", 1_000_000),
            ("GB", 1_000_000_000),
            ("KiB", 1 << 10),
            ("MiB", 1 << 20),
            ("GiB", 1 << 30),
        ],
        "MiB" => &[("MiB", 1), ("GiB", 1 << 10)],
        _ => &[("k", 1000), ("M", 1_000_000), ("G", 1_000_000_000)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suffix_is_one_of_the_unit_and_everything_else_stays() {
        for (text, unit, expected) in [
            ("10m", "seconds", "600"),
            ("2h", "seconds", "7200"),
            ("1d", "seconds", "86400"),
            ("5s", "milliseconds", "5000"),
            ("250ms", "milliseconds", "250"),
            ("2w", "days", "14"),
            ("16MB", "bytes", "16000000"),
            ("16 MiB", "bytes", "16777216"),
            ("2GiB", "MiB", "2048"),
            ("1k", "records", "1000"),
            (" 3M ", "records", "3000000"),
            // What has no unit, or another one, is for whoever reads the number to refuse.
            ("10", "seconds", "10"),
            ("-1", "seconds", "-1"),
            ("10M", "seconds", "10M"),
            ("10m", "records", "10m"),
            ("1k", "", "1k"),
            ("16mb", "bytes", "16mb"),
            ("1.5k", "records", "1.5k"),
            ("k", "records", "k"),
            ("9223372036854775807k", "records", "9223372036854775807k"),
            ("", "records", ""),
        ] {
            assert_eq!(plain(text, unit), expected, "{text} {unit}");
        }
    }
}
