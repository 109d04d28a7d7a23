//! A few seeds in every test run; `cargo proof simulate` plays as many as you like.

use roadbook_tests::simulate::{Game, Plant};

#[test]
fn a_year_of_field_work_in_a_few_seeds() {
    let mut snapshots = 0;
    for seed in 1..=15 {
        let run = Game::of(seed).run(250);
        assert_eq!(run.failure, None, "replay: cargo proof simulate --seeds 1 --from {seed} --trace");
        assert!(run.saved > 20, "seed {seed} saved {} changes", run.saved);
        snapshots += run.snapshots;
    }
    assert!(snapshots > 0, "no snapshot was made");
}

#[test]
fn a_seed_replays_exactly() {
    assert_eq!(Game::of(42).run(200), Game::of(42).run(200));
}

fn planted(plant: Plant) -> Game {
    Game { plant: Some(plant), ..Game::of(7) }
}

#[test]
fn the_checks_notice_planted_bugs() {
    for (plant, expected) in Plant::ALL {
        let run = planted(plant).run(250);
        let failure = run.failure.unwrap_or_else(|| panic!("{plant:?} was not noticed"));
        assert!(failure.contains(expected), "{plant:?} was noticed as: {failure}");
    }
}

#[test]
fn a_failing_seed_is_made_short_and_replays() {
    let game = planted(Plant::SaveIsNotDurable);
    let schedule = game.minimise((0..60).collect());
    assert!((1..5).contains(&schedule.len()), "{schedule:?}");
    let again = game.play(&schedule);
    assert!(again.failure.as_deref().is_some_and(|failure| failure.contains("is lost")), "{again:?}");
    assert_eq!(again, game.play(&schedule));
}
