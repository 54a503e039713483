use mayfly_api::leases::IssueLeaseRequest;

use super::*;

const NOON: &str = "2026-11-23T12:00:00Z";

fn at(seconds: i64) -> Timestamp {
    NOON.parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

fn asker(process: u32) -> Asker {
    serde_json::from_value(serde_json::json!({"process": process, "begun": 7})).unwrap()
}

/// Issued at noon for an hour.
fn kept() -> Kept {
    Kept {
        version: Kept::VERSION,
        server: "https://x".parse().unwrap(),
        account: "a".to_owned(),
        project: "shop".to_owned(),
        environment: "dev".to_owned(),
        path: "/".to_owned(),
        dynamic_secret: "ci".to_owned(),
        namespace: "shop".to_owned(),
        lease: "l-1".to_owned(),
        token: Secret::new("hunter2".to_owned()),
        cluster: None,
        issued_at: at(0),
        ends_at: at(3_600),
        asked_at: at(0),
        handed_to: Vec::new(),
        again_for: Vec::new(),
    }
}

fn wish(of: Option<Asker>) -> Wish {
    Wish { request: IssueLeaseRequest::default(), least_left: LeastLeft::AFifth, asker: of }
}

#[test]
fn a_token_is_handed_out_until_a_fifth_of_its_life_is_left() {
    let kept = Kept { asked_at: at(2_879), ..kept() };
    assert_eq!(kept.verdict(&wish(None), at(2_880)), Verdict::HandOut);
    assert_eq!(kept.verdict(&wish(None), at(2_881)), Verdict::Over);
    let patient = Wish { least_left: "90s".parse().unwrap(), ..wish(None) };
    assert_eq!(kept.verdict(&patient, at(2_881)), Verdict::HandOut);
    let asked = Kept { asked_at: at(3_500), ..kept };
    assert_eq!(asked.verdict(&patient, at(3_511)), Verdict::Over);
}

#[test]
fn a_short_life_is_of_use_for_half_of_it() {
    let of = |seconds| LeastLeft::AFifth.of(SignedDuration::from_secs(seconds)).as_secs();
    assert_eq!([of(60), of(300), of(600), of(3_600)], [30, 120, 120, 720]);
}

#[test]
fn once_a_minute_the_server_is_asked() {
    for (seconds, wanted) in [(59, Verdict::HandOut), (60, Verdict::AskFirst), (-5, Verdict::AskFirst)] {
        assert_eq!(kept().verdict(&wish(None), at(seconds)), wanted, "{seconds}");
    }
}

#[test]
fn whoever_comes_again_gets_a_new_one_once_and_the_others_keep_theirs() {
    let (one, other) = (asker(1), asker(2));
    let mut first = kept();
    first.note(Some(one));
    first.note(Some(one));
    assert_eq!(first.handed_to.len(), 1);
    assert_eq!(first.verdict(&wish(Some(other)), at(1)), Verdict::HandOut);
    assert_eq!(first.verdict(&wish(Some(one)), at(1)), Verdict::IssueAnew);
    let mut second = Kept { again_for: first.again_with(Some(one)), ..kept() };
    second.note(Some(one));
    assert_eq!(second.verdict(&wish(Some(one)), at(1)), Verdict::HandOut, "once and no more");
}

#[test]
fn several_who_come_again_and_again_get_one_more_each_and_no_more() {
    let askers = [asker(1), asker(2), asker(3)];
    let mut held = kept();
    let mut issued = 0;
    for _ in 0..10 {
        for one in askers {
            if held.verdict(&wish(Some(one)), at(1)) == Verdict::IssueAnew {
                issued += 1;
                held = Kept { again_for: held.again_with(Some(one)), ..kept() };
            }
            held.note(Some(one));
        }
    }
    assert_eq!(issued, askers.len());
}

#[test]
fn what_shall_be_left_is_half_of_a_life_at_most() {
    let of = |text: &str, minutes| text.parse::<LeastLeft>().unwrap().of(SignedDuration::from_mins(minutes)).as_secs();
    assert_eq!([of("30m", 15), of("30m", 60), of("5m", 60)], [450, 1_800, 300]);
}

#[test]
fn the_askers_of_long_ago_are_forgotten() {
    let mut kept = kept();
    (0..100).for_each(|process| kept.note(Some(asker(process))));
    assert_eq!(kept.handed_to.len(), MOST_ASKERS);
    assert!(!kept.handed_to.contains(&asker(0)) && kept.handed_to.contains(&asker(99)));
}

#[test]
fn what_shall_be_left_has_bounds() {
    assert_eq!("5m".parse(), Ok(LeastLeft::Time(SignedDuration::from_mins(5))));
    for bad in ["-1s", "25h", "", "5"] {
        assert!(bad.parse::<LeastLeft>().is_err(), "`{bad}` was accepted");
    }
}
