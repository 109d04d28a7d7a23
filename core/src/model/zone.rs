//! Time zones by their IANA names. Days and hours are chrono's; where the clocks of a zone stand is asked of jiff and the copy of
//! the IANA database it brings, which takes an app a fifth of what chrono-tz takes.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDateTime, Offset, Timelike, Utc};
use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;

/// A time zone.
///
/// ```
/// use roadbook_core::model::Zone;
///
/// let zone: Zone = "America/New_York".parse()?;
/// let noon = chrono::DateTime::from_timestamp_millis(1_772_424_000_000).unwrap();
/// assert_eq!(zone.at(noon).to_string(), "2026-03-01 23:00:00 -05:00");
/// # Ok::<(), roadbook_core::model::UnknownZone>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// This build knows no zone of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such IANA zone")]
pub struct UnknownZone;

/// The IANA name of a zone as phones also call it: `GMT+08:00`, `GMT+0800`, `UTC+8` and `+08:00` are `Etc/GMT-8`. Any other name
/// is given back, and so is an offset that is not of whole hours, for which there is no name.
pub(super) fn iana_name(name: &str) -> Cow<'_, str> {
    let offset = || {
        let rest = ["GMT", "UTC"].into_iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
        let (sign, clock) = rest.split_at_checked(1)?;
        let turned = ["+", "-"].into_iter().position(|known| known == sign).map(|at| ["-", "+"][at])?;
        let (hours, minutes) = match (clock.split_once(':'), clock.len()) {
            (Some(parts), _) => parts,
            (None, 4) => clock.split_at_checked(2)?,
            (None, _) => (clock, "0"),
        };
        let whole = minutes.parse() == Ok(0_u8);
        let hours: u8 = hours.parse().ok().filter(|hours| whole && *hours <= 14)?;
        Some(if hours == 0 { "UTC".to_owned() } else { format!("Etc/GMT{turned}{hours}") })
    };
    offset().map_or(Cow::Borrowed(name), Cow::Owned)
}

impl Zone {
    /// Greenwich, all year.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// Its IANA name, e.g. `Asia/Shanghai`.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// An instant on the clocks there.
    pub fn at(&self, instant: DateTime<Utc>) -> DateTime<FixedOffset> {
        let seconds = self.moment(instant).map_or(0, |at| self.0.to_offset(at).seconds());
        instant.with_timezone(&FixedOffset::east_opt(seconds).unwrap_or_else(|| Utc.fix()))
    }

    /// What people there call the time it is then: `CST`, `EDT`, `+08`.
    pub fn abbreviation(&self, instant: DateTime<Utc>) -> String {
        self.moment(instant)
            .map_or_else(|| "UTC".to_owned(), |at| self.0.to_offset_info(at).abbreviation().to_owned())
    }

    /// The instant at which clocks there show a time; in the hour that a change to summer time skips, or that runs twice, the
    /// earlier one.
    pub fn instant(&self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        let (date, time) = (local.date(), local.time());
        let shown = civil::DateTime::new(
            date.year().try_into().ok()?,
            date.month().try_into().ok()?,
            date.day().try_into().ok()?,
            time.hour().try_into().ok()?,
            time.minute().try_into().ok()?,
            time.second().try_into().ok()?,
            0,
        );
        let at = self.0.to_ambiguous_timestamp(shown.ok()?).earlier().ok()?;
        DateTime::from_timestamp(at.as_second(), time.nanosecond() % 1_000_000_000)
    }

    /// None outside the years −9999 to 9999.
    fn moment(&self, instant: DateTime<Utc>) -> Option<Timestamp> {
        Timestamp::from_second(instant.timestamp()).ok()
    }
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        let zone = Self(TimeZone::get(name).map_err(|_| UnknownZone)?);
        // jiff forgives wrong case; what is saved must read the same on every device.
        if zone.name() == name { Ok(zone) } else { Err(UnknownZone) }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({self})")
    }
}

#[cfg(test)]
mod tests {
    use roadbook_spoilt::{Spoil, bytes};

    use super::*;

    #[test]
    fn zones_are_known_by_their_exact_names_old_ones_too() {
        for name in
            ["Asia/Shanghai", "PRC", "Asia/Urumqi", "UTC", "Etc/UTC", "Etc/GMT-8", "US/Eastern", "GMT"]
        {
            assert_eq!(name.parse::<Zone>().map(|zone| zone.to_string()), Ok(name.to_owned()));
        }
        for name in ["asia/shanghai", "Asia/Peking", "CST6", "", "+08:00"] {
            assert_eq!(name.parse::<Zone>(), Err(UnknownZone), "{name}");
        }
    }

    #[test]
    fn offsets_have_names_if_they_are_of_whole_hours() {
        for (given, name) in [
            ("GMT+08:00", "Etc/GMT-8"),
            ("GMT+0800", "Etc/GMT-8"),
            ("UTC-5", "Etc/GMT+5"),
            ("+00:00", "UTC"),
            ("GMT+05:30", "GMT+05:30"),
            ("GMT", "GMT"),
            ("Asia/Shanghai", "Asia/Shanghai"),
            ("", ""),
            ("+号", "+号"),
        ] {
            assert_eq!(iana_name(given), name, "{given}");
        }
    }

    #[test]
    fn of_a_time_that_is_skipped_or_comes_twice_the_earlier_is_meant() {
        let zone: Zone = "Europe/Berlin".parse().unwrap();
        let read = |text: &str| {
            let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
            zone.instant(local).unwrap().to_rfc3339()
        };
        assert_eq!(read("2026-03-29 01:59"), "2026-03-29T00:59:00+00:00");
        assert_eq!(read("2026-03-29 02:30"), "2026-03-29T00:30:00+00:00", "skipped");
        assert_eq!(read("2026-10-25 02:30"), "2026-10-25T00:30:00+00:00", "twice");
        let summer = DateTime::from_timestamp(1_784_000_000, 0).unwrap();
        assert_eq!(
            (zone.at(summer).offset().local_minus_utc(), zone.abbreviation(summer)),
            (7200, "CEST".into())
        );
    }

    #[test]
    fn beyond_all_calendars_it_is_utc() {
        let zone: Zone = "Asia/Shanghai".parse().unwrap();
        let far = DateTime::<Utc>::MAX_UTC;
        assert_eq!((zone.at(far).naive_local(), zone.abbreviation(far)), (far.naive_utc(), "UTC".into()));
    }

    #[test]
    fn whatever_a_phone_calls_its_zone_is_known_by_that_name_or_not_at_all() {
        let good = ["Asia/Shanghai", "GMT+08:00", "UTC-5", "+0000"];
        bolero::check!().with_type::<(String, u8, Vec<Spoil>, i64)>().for_each(
            |(noise, which, spoils, at)| {
                let spoilt = bytes(good[usize::from(*which) % good.len()].as_bytes(), spoils);
                let at = DateTime::from_timestamp_millis(*at).unwrap_or_default();
                for text in [noise, &*String::from_utf8_lossy(&spoilt)] {
                    let name = iana_name(text);
                    if let Ok(zone) = name.parse::<Zone>() {
                        assert_eq!(zone.to_string(), name);
                        assert!(!zone.abbreviation(at).is_empty());
                        let shown = zone.at(at);
                        if let Some(again) = zone.instant(shown.naive_local()) {
                            assert!((again - at).abs() <= chrono::TimeDelta::hours(24), "{zone} {at}");
                        }
                    }
                }
            },
        );
    }
}
