//! An issuer that admission policies confine: Mayfly issues and ends what it always does, and whoever has stolen the
//! issuer's token can do nothing else with it, even where its rights are far too wide.
//!
//! Each attack is first seen to succeed without the policies, then to be refused by them, tried (`dryRun=All`) and in
//! earnest, with the reason that is its own.

mod attacks;
mod closed;
mod ground;
mod honest;
mod leases;
mod own_tokens;
mod round;

use std::collections::BTreeSet;

use ground::Ground;
use honest::Shapes;
use round::{Outcome, Round};

/// The issue's own bound; there are more.
const LEAST_ATTACKS: usize = 20;

#[tokio::test]
async fn real_confined_issuer_issues_and_ends_every_kind_of_lease() {
    let ground = Ground::prepare("works").await.unwrap();
    let outcome = leases::every_kind(&ground).await;
    ground.clear().await.unwrap();
    outcome.unwrap();
}

#[tokio::test]
async fn real_stolen_token_of_a_confined_issuer_is_of_no_use() {
    let ground = Ground::prepare("stolen").await.unwrap();
    let shapes = Shapes::of(&ground);
    let attacks = attacks::all(&ground, &shapes);
    assert!(attacks.len() >= LEAST_ATTACKS, "only {} attacks", attacks.len());
    let flags = ground.opened_flags();
    let round = Round { attacks, honest: shapes.all(), by_rights: attacks::refused_by_rights(&ground) };
    let outcome = round.play(&ground, &flags).await;
    ground.clear().await.unwrap();
    let Outcome { faults, untested } = outcome.unwrap();
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!(untested, BTreeSet::new(), "rules of the policies that no attack meets");
}

#[tokio::test]
async fn real_issuer_that_renews_its_token_gets_no_other() {
    let ground = Ground::prepare("renews").await.unwrap();
    let round = Round { attacks: own_tokens::all(&ground), honest: own_tokens::honest(&ground), by_rights: Vec::new() };
    let flags = [Ground::closed_flags(), vec!["--renews-token".to_owned()]].concat();
    let outcome = round.play(&ground, &flags).await;
    ground.clear().await.unwrap();
    assert_eq!(outcome.unwrap().faults, Vec::<String>::new());
}

#[tokio::test]
async fn real_what_no_flag_opens_is_closed() {
    let ground = Ground::prepare("closed").await.unwrap();
    let shapes = Shapes::of(&ground);
    let honest = vec![shapes.account(), shapes.binding()];
    let round = Round { attacks: closed::all(&ground, &shapes), honest, by_rights: Vec::new() };
    let outcome = round.play(&ground, &Ground::closed_flags()).await;
    ground.clear().await.unwrap();
    assert_eq!(outcome.unwrap().faults, Vec::<String>::new());
}
