//! Time zones as Unix keeps them: files of the zone database (TZif, RFC 9636) and rules (POSIX, section 8.3), read for one
//! instant. Crates that know all of it build a table of the whole zone first, which costs more than answering from the
//! cache.

use std::io::Read as _;
use std::path::Path;

/// Where the zone database is, in the order in which C libraries look.
const FOLDERS: [&str; 4] = ["/usr/share/zoneinfo", "/share/zoneinfo", "/etc/zoneinfo", "/usr/share/lib/zoneinfo"];

/// The system's own zone.
const SYSTEM: &str = "/etc/localtime";

/// No zone's file is longer, in bytes.
const LONGEST: u64 = 256 * 1024;

const DAY: i64 = 86400;

/// Seconds that local time is ahead of UTC at `at` (seconds since 1970, UTC), for this value of `TZ`; `None` for the
/// system's zone. What names no zone means UTC (tzset(3)).
pub(super) fn offset(zone: Option<&str>, at: i64) -> i32 {
    let found = match zone.map(|zone| zone.strip_prefix(':').unwrap_or(zone)) {
        None => in_file(Path::new(SYSTEM), at),
        Some("") => None,
        Some(name) => {
            // (Joined with an absolute path, a folder does not count.)
            let paths = FOLDERS.iter().map(|folder| Path::new(folder).join(name));
            paths.into_iter().find_map(|path| in_file(&path, at)).or_else(|| Rule::parse(name)?.offset(at))
        }
    };
    found.unwrap_or(0)
}

fn in_file(path: &Path, at: i64) -> Option<i32> {
    let file = super::open_regular(path).ok()?;
    let mut bytes = Vec::with_capacity(4096);
    file.take(LONGEST).read_to_end(&mut bytes).ok()?;
    in_tzif(&bytes, at)
}

/// One of the two blocks of a TZif file.
struct Block<'a> {
    version: u8,
    /// Bytes of a time.
    width: usize,
    times: &'a [u8],
    /// For each time, the type that begins.
    indices: &'a [u8],
    types: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Block<'a> {
    fn read(bytes: &'a [u8], width: usize) -> Option<Self> {
        const HEADER: usize = 44;
        let (header, data) = bytes.split_at_checked(HEADER)?;
        if !header.starts_with(b"TZif") {
            return None;
        }
        let count = |at: usize| -> Option<usize> {
            let bytes: [u8; 4] = header.get(at..at + 4)?.try_into().ok()?;
            // (Such counts can't overflow what they are multiplied with.)
            usize::try_from(u32::from_be_bytes(bytes)).ok().filter(|count| *count <= LONGEST as usize)
        };
        let (is_ut, is_std, leaps, times, types, chars) =
            (count(20)?, count(24)?, count(28)?, count(32)?, count(36)?, count(40)?);
        let (times_part, data) = data.split_at_checked(times * width)?;
        let (indices, data) = data.split_at_checked(times)?;
        let (types_part, data) = data.split_at_checked(types * 6)?;
        let rest = data.get(chars + leaps * (width + 4) + is_std + is_ut..)?;
        Some(Self { version: header[4], width, times: times_part, indices, types: types_part, rest })
    }

    fn time(&self, index: usize) -> i64 {
        let bytes = &self.times[index * self.width..(index + 1) * self.width];
        match bytes.try_into() {
            Ok(eight) => i64::from_be_bytes(eight),
            Err(_) => bytes.try_into().map_or(0, |four| i64::from(i32::from_be_bytes(four))),
        }
    }

    /// The offset of a type.
    fn offset_of(&self, index: u8) -> Option<i32> {
        let at = usize::from(index) * 6;
        Some(i32::from_be_bytes(self.types.get(at..at + 4)?.try_into().ok()?))
    }

    /// How many changes were before or at `at`.
    fn changes_until(&self, at: i64) -> usize {
        let (mut low, mut high) = (0, self.indices.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.time(middle) <= at { low = middle + 1 } else { high = middle }
        }
        low
    }
}

/// The offset at `at` in the zone of a TZif file's content.
fn in_tzif(bytes: &[u8], at: i64) -> Option<i32> {
    let first = Block::read(bytes, 4)?;
    // From version 2 on, the same follows with longer times, and a rule for what comes after the last of them.
    let (block, rule) = match first.version {
        0 => (first, None),
        _ => {
            let second = Block::read(first.rest, 8)?;
            let footer = second.rest.strip_prefix(b"\n").and_then(|rest| rest.split(|byte| *byte == b'\n').next());
            let rule = footer.and_then(|text| std::str::from_utf8(text).ok()).filter(|text| !text.is_empty());
            (second, rule)
        }
    };
    let before = block.changes_until(at);
    if before == block.indices.len()
        && let Some(offset) = rule.and_then(|rule| Rule::parse(rule)?.offset(at))
    {
        return Some(offset);
    }
    match before.checked_sub(1) {
        Some(last) => block.offset_of(*block.indices.get(last)?),
        None => block.offset_of(0),
    }
}

/// A rule: standard time, and daylight saving time from one day of a year to another.
#[derive(Debug, PartialEq, Eq)]
struct Rule {
    /// Seconds ahead of UTC.
    standard: i32,
    daylight: Option<Daylight>,
}

#[derive(Debug, PartialEq, Eq)]
struct Daylight {
    offset: i32,
    /// When it begins and ends: the day, and seconds from its midnight.
    begin: (Day, i32),
    end: (Day, i32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    /// `Jn`: 1 to 365, without leap days.
    Julian(i64),
    /// `n`: 0 to 365.
    Ordinal(i64),
    /// `Mm.w.d`: month, week (5 is the last one), day of the week from Sunday.
    Week(i64, i64, i64),
}

impl Rule {
    fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader(text);
        reader.name()?;
        let standard = -reader.clock(24)?;
        if reader.0.is_empty() {
            return Some(Self { standard, daylight: None });
        }
        reader.name()?;
        let offset = match reader.0.is_empty() || reader.0.starts_with(',') {
            true => standard + 3600,
            false => -reader.clock(24)?,
        };
        if reader.0.is_empty() {
            // What C libraries take for meant: the United States' rule.
            reader = Reader(",M3.2.0,M11.1.0");
        }
        let (begin, end) = (reader.change()?, reader.change()?);
        reader.0.is_empty().then_some(Self { standard, daylight: Some(Daylight { offset, begin, end }) })
    }

    fn offset(&self, at: i64) -> Option<i32> {
        let Some(daylight) = &self.daylight else { return Some(self.standard) };
        let year = year_of(at.checked_add(self.standard.into())?.div_euclid(DAY));
        let begin = moment(year, daylight.begin) - i64::from(self.standard);
        let end = moment(year, daylight.end) - i64::from(daylight.offset);
        let is_daylight = if begin < end { (begin..end).contains(&at) } else { !(end..begin).contains(&at) };
        Some(if is_daylight { daylight.offset } else { self.standard })
    }
}

struct Reader<'a>(&'a str);

impl Reader<'_> {
    /// `EST`, `<+09>`
    fn name(&mut self) -> Option<()> {
        let length = match self.0.strip_prefix('<') {
            Some(quoted) => quoted.find('>')? + 2,
            None => self.0.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(self.0.len()),
        };
        self.0 = self.0.get(length..)?;
        (length >= 3).then_some(())
    }

    fn number(&mut self, most: i64) -> Option<i64> {
        let end = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at(end);
        self.0 = rest;
        digits.parse().ok().filter(|number| *number <= most)
    }

    fn take(&mut self, sign: char) -> bool {
        let rest = self.0.strip_prefix(sign);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// `5`, `-3:30`, `+05:30:00`, in seconds.
    fn clock(&mut self, most_hours: i64) -> Option<i32> {
        let sign = if self.take('-') { -1 } else { 1 };
        self.take('+');
        let mut seconds = self.number(most_hours)? * 3600;
        for unit in [60, 1] {
            if !self.take(':') {
                break;
            }
            seconds += self.number(59)? * unit;
        }
        i32::try_from(seconds * sign).ok()
    }

    /// `,M3.2.0/2`
    fn change(&mut self) -> Option<(Day, i32)> {
        if !self.take(',') {
            return None;
        }
        let day = if self.take('M') {
            let month = self.number(12)?;
            let week = self.take('.').then(|| self.number(5)).flatten()?;
            let day = self.take('.').then(|| self.number(6)).flatten()?;
            (month >= 1 && week >= 1).then_some(Day::Week(month, week, day))?
        } else if self.take('J') {
            Day::Julian(self.number(365).filter(|day| *day >= 1)?)
        } else {
            Day::Ordinal(self.number(365)?)
        };
        // (RFC 9636 section 3.3.2: up to a week.)
        let time = if self.take('/') { self.clock(167)? } else { 2 * 3600 };
        Some((day, time))
    }
}

/// Local seconds since 1970 at which a change is in a year.
fn moment(year: i64, (day, time): (Day, i32)) -> i64 {
    let first = days_until(year, 1);
    let days = match day {
        Day::Ordinal(day) => first + day,
        Day::Julian(day) => first + day - 1 + i64::from(is_leap(year) && day >= 60),
        Day::Week(month, week, day) => {
            let begin = days_until(year, month);
            // 1970 began on a Thursday.
            let first = (day - (begin + 4)).rem_euclid(7);
            let next = if month == 12 { days_until(year + 1, 1) } else { days_until(year, month + 1) };
            let last = (next - begin - 1 - first) / 7;
            begin + first + 7 * (week - 1).min(last)
        }
    };
    days * DAY + i64::from(time)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days from 1970 to the first of a month.
fn days_until(year: i64, month: i64) -> i64 {
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let past = year - 1;
    let leap_days = past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400) - 477;
    let in_year = usize::try_from(month - 1).ok().and_then(|index| BEFORE.get(index)).copied().unwrap_or(0);
    (year - 1970) * 365 + leap_days + in_year + i64::from(is_leap(year) && month > 2)
}

/// The year of a day since 1970.
fn year_of(days: i64) -> i64 {
    let mut year = 1970 + days.div_euclid(365);
    while days_until(year, 1) > days {
        year -= 1;
    }
    year
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 2031-01-15 and 2031-07-15, 12:00 UTC.
    const WINTER: i64 = 1_926_244_800;
    const SUMMER: i64 = 1_941_883_200;

    #[test]
    fn rules_are_read_and_kept() {
        for (rule, winter, summer) in [
            ("UTC0", 0, 0),
            ("JST-9", 9 * 3600, 9 * 3600),
            ("<+0530>-5:30", 19_800, 19_800),
            ("EST5EDT,M3.2.0,M11.1.0", -5 * 3600, -4 * 3600),
            ("EST5EDT", -5 * 3600, -4 * 3600),
            ("CET-1CEST,M3.5.0,M10.5.0/3", 3600, 7200),
            ("AEST-10AEDT,M10.1.0,M4.1.0/3", 11 * 3600, 10 * 3600),
            ("IST-1GMT0,M10.5.0,M3.5.0/1", 0, 3600),
            ("<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", -3 * 3600, -2 * 3600),
            ("AAA0BBB,J60,J300/0", 0, 3600),
            ("AAA0BBB,59/24:00:00,299", 0, 3600),
        ] {
            assert_eq!((offset(Some(rule), WINTER), offset(Some(rule), SUMMER)), (winter, summer), "{rule}");
        }
    }

    #[test]
    fn daylight_saving_time_begins_and_ends_on_the_second() {
        let rule = Rule::parse("EST5EDT,M3.2.0,M11.1.0").unwrap();
        // 2031-03-09 07:00 and 2031-11-02 06:00, UTC.
        for (change, before, after) in [(1_930_806_000, -18_000, -14_400), (1_951_365_600, -14_400, -18_000)] {
            assert_eq!((rule.offset(change - 1), rule.offset(change)), (Some(before), Some(after)));
        }
    }

    #[test]
    fn what_names_no_zone_is_utc() {
        for zone in ["", ":", "Nowhere/Nothing", "x", "<>", "E5", "EST5EDT,M3", "EST5EDT,M13.1.0,M11.1.0", "/etc"] {
            assert_eq!(offset(Some(zone), SUMMER), 0, "{zone}");
        }
    }

    /// GNU date is the other opinion: over the zone database of this machine, if it has one.
    #[cfg(target_os = "linux")]
    #[test]
    fn zones_are_those_of_the_c_library() {
        let mut instants: Vec<i64> = (0..24).map(|month| 1_900_000_000 + month * 2_600_000).collect();
        instants.extend([-2_000_000_000, 0, 500_000_000, 1_174_000_000, 1_400_000_000, 4_000_000_000]);
        let lines: String = instants.iter().map(|at| format!("@{at}\n")).collect();
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("instants");
        std::fs::write(&file, lines).unwrap();
        for zone in [
            "UTC",
            "Asia/Tokyo",
            "America/New_York",
            "Europe/Berlin",
            "Europe/Dublin",
            "Asia/Kolkata",
            "Australia/Lord_Howe",
            "America/Sao_Paulo",
            "Africa/Casablanca",
            "America/Nuuk",
            "Asia/Gaza",
            "Pacific/Apia",
            "EST5EDT",
        ] {
            if !Path::new("/usr/share/zoneinfo").join(zone).exists() {
                continue;
            }
            let mut date = std::process::Command::new("date");
            date.arg("--file").arg(&file).arg("+%s %::z").env("TZ", zone);
            let output = String::from_utf8(date.output().unwrap().stdout).unwrap();
            assert_eq!(output.lines().count(), instants.len());
            for line in output.lines() {
                let (at, clock) = line.split_once(' ').unwrap();
                // Ahead of UTC is positive there, and negative in a rule.
                let expected = Reader(clock).clock(24).unwrap();
                assert_eq!(offset(Some(zone), at.parse().unwrap()), expected, "{zone} {line}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_rule_and_any_file_are_read_without_a_panic(
            rule in "[A-Z<>+,.:/MJ0-9-]{0,40}",
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            at in any::<i64>(),
        ) {
            if let Some(rule) = Rule::parse(&rule) {
                let _ = rule.offset(at / 1_000_000);
            }
            let _ = in_tzif(&bytes, at);
            let file = [b"TZif2".as_slice(), &[0; 39], b"TZif2", &[0; 15], &bytes].concat();
            let _ = in_tzif(&file, at);
        }
    }
}
