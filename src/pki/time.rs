//! The times in certificates (RFC 5280 section 4.1.2.5).

use crate::asn1::encode::element;
use crate::asn1::tag;

/// `YYMMDDHHMMSSZ` as UTCTime, `YYYYMMDDHHMMSSZ` as GeneralizedTime (RFC 5280 section 4.1.2.5), in seconds since 1970;
/// `None` if it is written in any other way.
pub fn seconds(tag: u8, octets: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(octets).ok()?.strip_suffix('Z')?;
    let (year, rest) = text.split_at_checked(match tag {
        tag::UTC_TIME => 2,
        tag::GENERALIZED_TIME => 4,
        _ => return None,
    })?;
    if rest.len() != 10 || !text.bytes().all(|octet| octet.is_ascii_digit()) {
        return None;
    }
    let year: u16 = year.parse().ok()?;
    let year = match tag {
        tag::UTC_TIME if year >= 50 => year.checked_add(1900)?,
        tag::UTC_TIME => year.checked_add(2000)?,
        _ => year,
    };
    let pair = |at: usize| rest.get(at..at.checked_add(2)?)?.parse::<u8>().ok();
    let seconds_since_1970 = |year| {
        let date = der::DateTime::new(year, pair(0)?, pair(2)?, pair(4)?, pair(6)?, pair(8)?).ok()?;
        i64::try_from(date.unix_duration().as_secs()).ok()
    };
    if year >= 1970 {
        return seconds_since_1970(year);
    }
    // The calendar repeats every 400 years, which are 146097 days.
    let later = (1..=5u16).map_while(|cycle| Some((i64::from(cycle), year.checked_add(cycle.checked_mul(400)?)?)));
    let (cycles, year) = later.into_iter().find(|(_, year)| *year >= 1970)?;
    seconds_since_1970(year)?.checked_sub(cycles.checked_mul(146_097 * 86_400)?)
}

/// UTCTime to 2049, GeneralizedTime from 2050 (RFC 5280 section 4.1.2.5); `None` before 1970 and after 9999.
pub fn encode(seconds: i64) -> Option<Vec<u8>> {
    let elapsed = std::time::Duration::from_secs(u64::try_from(seconds).ok()?);
    let date = der::DateTime::from_unix_duration(elapsed).ok()?;
    let (tag, skip) = if date.year() < 2050 { (tag::UTC_TIME, 2) } else { (tag::GENERALIZED_TIME, 0) };
    let (year, month, day) = (date.year(), date.month(), date.day());
    let (hour, minutes, seconds) = (date.hour(), date.minutes(), date.seconds());
    let text = format!("{year:04}{month:02}{day:02}{hour:02}{minutes:02}{seconds:02}Z");
    Some(element(tag, &[text.get(skip..)?.as_bytes()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    // GEN-10: the year decides the form.
    #[test]
    fn gen_10_times_are_written_as_they_are_read() {
        type Row<'a> = (i64, Option<(u8, &'a [u8])>);
        let rows: &[Row<'_>] = &[
            (0, Some((0x17, b"700101000000Z"))),
            (2_524_607_999, Some((0x17, b"491231235959Z"))),
            (2_524_608_000, Some((0x18, b"20500101000000Z"))),
            (253_402_300_799, Some((0x18, b"99991231235959Z"))),
            (253_402_300_800, None),
            (-1, None),
            (i64::MAX, None),
        ];
        for (time, expected) in rows {
            assert_eq!(encode(*time), expected.map(|(tag, text)| element(tag, &[text])), "{time}");
            assert!(expected.is_none_or(|(tag, text)| seconds(tag, text) == Some(*time)));
        }
    }

    #[test]
    fn p5_times() {
        // (identifier octet, contents, seconds since 1970)
        let rows: &[(u8, &[u8], Option<i64>)] = &[
            (0x17, b"700101000000Z", Some(0)),
            (0x17, b"491231235959Z", Some(2_524_607_999)),
            (0x17, b"500101000000Z", Some(-631_152_000)),
            (0x17, b"691231235959Z", Some(-1)),
            (0x17, b"000229120000Z", Some(951_825_600)),
            (0x18, b"20500101000000Z", Some(2_524_608_000)),
            (0x18, b"20250101000000Z", Some(1_735_689_600)),
            (0x18, b"99991231235959Z", Some(253_402_300_799)),
            (0x18, b"00000101000000Z", Some(-62_167_219_200)),
            (0x18, b"19691231235959Z", Some(-1)),
            // No such date.
            (0x17, b"250229000000Z", None),
            (0x17, b"251301000000Z", None),
            (0x17, b"250100000000Z", None),
            (0x17, b"250101240000Z", None),
            // A leap second, fractions, offsets, no seconds, the other form.
            (0x17, b"161231235960Z", None),
            (0x18, b"20250101000000.5Z", None),
            (0x17, b"250101000000+0000", None),
            (0x17, b"2501010000Z", None),
            (0x17, b"20250101000000Z", None),
            (0x18, b"250101000000Z", None),
            (0x17, b"250101000000", None),
            (0x17, b"2501 1000000Z", None),
            (0x17, b"25\xff101000000Z", None),
            (0x17, "25010100000\u{661}Z".as_bytes(), None),
            (0x17, b"", None),
            (0x16, b"250101000000Z", None),
        ];
        for (tag, contents, expected) in rows {
            assert_eq!(seconds(*tag, contents), *expected, "{}", contents.escape_ascii());
        }
    }
}
