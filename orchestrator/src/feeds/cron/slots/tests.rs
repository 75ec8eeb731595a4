//! Slots against a walk that looks at every minute of many years in many zones.

use super::*;
use flow_engine::mutants::plant;

#[expect(
    clippy::disallowed_methods,
    reason = "this is how a person asks for the long run"
)]
fn soaks() -> bool {
    std::env::var("FLOW_SOAK").is_ok_and(|soak| soak == "1")
}

const ZONES: [&str; 20] = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Asuncion",
    "America/Caracas",
    "America/Havana",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Asia/Pyongyang",
    "Asia/Taipei",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/Dublin",
    "Pacific/Apia",
    "Pacific/Kiritimati",
];

/// A minute as the clocks of a zone show it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Minute(i64);

impl Minute {
    fn minute(self) -> i64 {
        self.0.rem_euclid(60)
    }
    fn hour(self) -> i64 {
        self.0.div_euclid(60).rem_euclid(24)
    }
    fn day(self) -> i64 {
        self.0.div_euclid(24 * 60)
    }
    /// Sunday is 0.
    fn weekday(self) -> i64 {
        (self.day() + 4).rem_euclid(7)
    }
    fn is_first_of_month(self) -> bool {
        let date = jiff::civil::date(1970, 1, 1);
        date.checked_add(jiff::Span::new().days(self.day()))
            .unwrap()
            .day()
            == 1
    }
}

/// A schedule and what it says, without cron.
struct Said {
    schedule: &'static str,
    names_times: bool,
    holds: fn(Minute) -> bool,
}

const SAID: [Said; 5] = [
    Said {
        schedule: "30 2 * * *",
        names_times: true,
        holds: |at| at.hour() == 2 && at.minute() == 30,
    },
    Said {
        schedule: "0 0,1,3 * * *",
        names_times: true,
        holds: |at| at.minute() == 0 && matches!(at.hour(), 0 | 1 | 3),
    },
    Said {
        schedule: "15 0-2 * * 0",
        names_times: true,
        holds: |at| at.minute() == 15 && at.hour() <= 2 && at.weekday() == 0,
    },
    Said {
        schedule: "*/30 0-3 * * *",
        names_times: false,
        holds: |at| at.minute() % 30 == 0 && at.hour() <= 3,
    },
    Said {
        schedule: "7 */6 1 * *",
        names_times: false,
        holds: |at| at.minute() == 7 && at.hour() % 6 == 0 && at.is_first_of_month(),
    },
];

/// Every slot of each schedule, in seconds, from what the clocks show minute by minute.
fn walked(zone: &TimeZone, from: i64, until: i64) -> [Vec<i64>; SAID.len()] {
    let shown = |minute: i64| {
        let offset = zone.to_offset(Timestamp::from_second(minute * 60).unwrap());
        Minute(minute + i64::from(offset.seconds()).div_euclid(60))
    };
    let mut slots = [const { Vec::new() }; SAID.len()];
    let mut before = shown(from);
    let mut latest = before;
    for hour in (from + 1..=until).step_by(60) {
        // The offset is asked for at each minute of an hour in which it changes, and else once.
        let (first, last) = (shown(hour), shown(hour + 59));
        let even = last.0 - first.0 == 59;
        for minute in hour..(hour + 60).min(until + 1) {
            let now = if even {
                Minute(first.0 + minute - hour)
            } else {
                shown(minute)
            };
            for (said, slots) in SAID.iter().zip(&mut slots) {
                let left_out = || (before.0 + 1..now.0).any(|minute| (said.holds)(Minute(minute)));
                let counts = match said.names_times {
                    true => ((said.holds)(now) && now > latest) || left_out(),
                    false => (said.holds)(now),
                };
                if counts {
                    slots.push(minute * 60);
                }
            }
            (before, latest) = (now, latest.max(now));
        }
    }
    slots
}

/// The years, in minutes since the epoch, that a run looks at.
fn years(from: i16, until: i16) -> (i64, i64) {
    let day = |year| {
        let date = jiff::civil::date(year, 1, 1).to_zoned(TimeZone::UTC).unwrap();
        date.timestamp().as_second() / 60
    };
    (day(from), day(until))
}

/// How many slots there are, or where they differ from those of the walk.
fn compare(name: &str, (from, until): (i64, i64)) -> Result<usize, String> {
    let zone = TimeZone::get(name).unwrap();
    let stamp = |minute: i64| Timestamp::from_second(minute * 60).unwrap();
    let mut seen = 0;
    for (said, expected) in SAID.iter().zip(walked(&zone, from, until)) {
        let slots = Slots::new(said.schedule, name).unwrap();
        let found = slots.newest(stamp(from), stamp(until), usize::MAX);
        let found: Vec<_> = found.iter().map(|slot| slot.as_second()).collect();
        if found != expected {
            let differs = found.iter().zip(&expected).position(|(a, b)| a != b);
            let differs = differs.unwrap_or(found.len().min(expected.len()));
            let at = |slots: &[i64]| {
                let slot = slots.get(differs).map(|at| Timestamp::from_second(*at).unwrap());
                slot.map(|slot| slot.to_zoned(zone.clone()))
            };
            let (schedule, found, expected) = (said.schedule, at(&found), at(&expected));
            return Err(format!(
                "`{schedule}` in {name}: {found:?} instead of {expected:?}"
            ));
        }
        seen += found.len();
    }
    Ok(seen)
}

#[test]
fn slots_are_those_of_a_walk_through_every_minute_in_twenty_zones() {
    // The shorter run has the year in which Apia left a day out.
    let years = if soaks() {
        years(1975, 2025)
    } else {
        years(2008, 2013)
    };
    let seen = ZONES.map(|zone| compare(zone, years).unwrap_or_else(|why| panic!("{why}")));
    assert!(seen.iter().sum::<usize>() > 100_000, "{seen:?}");
}

#[test]
fn the_walk_finds_what_is_planted() {
    for bug in [Bug::SlotTwice, Bug::SlotLost] {
        plant(Some(bug));
        let found = compare("Europe/Berlin", years(2024, 2025));
        plant(None);
        assert!(found.is_err(), "{bug:?}: {}", bug.what());
    }
}

#[test]
fn a_time_that_comes_twice_or_never_is_a_slot_once_when_it_is_named() {
    let check = |schedule: &str, zone: &str, day: &str, expected: &[&str]| {
        let slots = Slots::new(schedule, zone).unwrap();
        let zone = TimeZone::get(zone).unwrap();
        let day: jiff::civil::Date = day.parse().unwrap();
        let from = day.to_zoned(zone.clone()).unwrap().timestamp();
        let until = day
            .tomorrow()
            .unwrap()
            .to_zoned(zone.clone())
            .unwrap()
            .timestamp();
        let found = slots.newest(from, until.checked_sub(SECOND).unwrap(), 100);
        let shown = |slot: &Timestamp| slot.to_zoned(zone.clone()).strftime("%H:%M%:z").to_string();
        let found: Vec<_> = found.iter().map(shown).collect();
        assert_eq!(found, expected, "{schedule} on {day}");
    };
    for year in ["2024-03-31", "2025-03-30", "2026-03-29"] {
        check("30 2 * * *", "Europe/Berlin", year, &["03:00+02:00"]);
        check("*/30 2 * * *", "Europe/Berlin", year, &[]);
    }
    for year in ["2024-10-27", "2025-10-26", "2026-10-25"] {
        check("30 2 * * *", "Europe/Berlin", year, &["02:30+02:00"]);
        let twice = ["02:00+02:00", "02:30+02:00", "02:00+01:00", "02:30+01:00"];
        check("*/30 2 * * *", "Europe/Berlin", year, &twice);
    }
    check("30 2 * * *", "UTC", "2025-03-30", &["02:30+00:00"]);
}

#[test]
fn a_schedule_that_never_comes_up_has_no_slot() {
    let slots = Slots::new("0 0 30 2 *", "Europe/Berlin").unwrap();
    assert_eq!(slots.last(Timestamp::from_second(1_800_000_000).unwrap()), None);
}

#[test]
fn every_zone_is_known_without_tables_of_the_machine() {
    let bundled = jiff::tz::TimeZoneDatabase::bundled();
    for zone in ZONES {
        assert!(bundled.get(zone).is_ok(), "{zone}");
    }
}
