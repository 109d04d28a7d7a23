//! Working days.

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::model::{Cadence, Playbook};

/// Days a search for working days goes at most: a calendar without any must not hang the app.
const HORIZON: u32 = 3_660;

/// The day `count` working days after `day`. The day itself does not count.
pub(super) fn working_days_after(playbook: &Playbook, day: NaiveDate, count: u32) -> NaiveDate {
    let (mut at, mut left) = (day, count);
    for _ in 0..HORIZON {
        if left == 0 {
            break;
        }
        at = at.checked_add_days(Days::new(1)).unwrap_or(at);
        if playbook.is_working_day(at) {
            left -= 1;
        }
    }
    at
}

/// From when to when the next contact is due, after one on `day`.
pub(super) fn due_after(playbook: &Playbook, cadence: Cadence, day: NaiveDate) -> (NaiveDate, NaiveDate) {
    match cadence {
        Cadence::WorkingDays { from, to } => {
            (working_days_after(playbook, day, from), working_days_after(playbook, day, to))
        }
        Cadence::Monthly => {
            // Once in each calendar month: from the first of the next month to its last day.
            let first = day.with_day(1).and_then(|d| d.checked_add_months(Months::new(1))).unwrap_or(day);
            let last = first.checked_add_months(Months::new(1)).and_then(|d| d.pred_opt()).unwrap_or(first);
            (first, last)
        }
    }
}

/// Days since 1970-01-01, as `due` stores them.
pub(super) fn number_of(day: NaiveDate) -> i32 {
    day.to_epoch_days()
}

pub(super) fn day_of(number: i32) -> NaiveDate {
    NaiveDate::from_epoch_days(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn holidays_and_worked_weekends_count_as_the_calendar_says() {
        // National Day 2026: 1 to 7 October off, Saturday 10 October worked.
        let off = (1..=7).map(|d| (format!("day.2026-10-0{d}"), "off 国庆节".to_owned()));
        let settings: Vec<_> = off.chain([("day.2026-10-10".to_owned(), "work".to_owned())]).collect();
        let playbook = Playbook::from_settings(settings.iter().map(|(k, v)| (k.as_str(), v.as_str())));
        assert_eq!(working_days_after(&playbook, day("2026-09-30"), 1), day("2026-10-08"));
        assert_eq!(working_days_after(&playbook, day("2026-09-30"), 3), day("2026-10-10"));
        assert_eq!(working_days_after(&playbook, day("2026-09-30"), 4), day("2026-10-12"));
        let cadence = playbook.cadence["3"];
        assert_eq!(due_after(&playbook, cadence, day("2026-11-02")), (day("2026-11-09"), day("2026-11-12")));
        assert_eq!(
            due_after(&playbook, Cadence::Monthly, day("2026-01-31")),
            (day("2026-02-01"), day("2026-02-28"))
        );
    }

    #[test]
    fn a_calendar_without_working_days_ends() {
        let mut playbook = Playbook::default();
        playbook.working_week.clear();
        working_days_after(&playbook, day("2026-01-01"), 5);
    }

    #[test]
    fn days_survive_their_numbers() {
        for text in ["1970-01-01", "1969-12-31", "2026-11-23"] {
            assert_eq!(day_of(number_of(day(text))), day(text));
        }
    }
}
