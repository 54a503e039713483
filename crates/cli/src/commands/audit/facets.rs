//! `mayfly audit facets`.

use clap::Args;
use mayfly_api::audit_events::{ActorCount, EventFacets};

use super::narrow::{Narrow, Span, name_of};
use crate::{context::Context, error::CliError};

/// Count events by kind, outcome, actor and project
#[derive(Debug, Args)]
pub(crate) struct FacetsArguments {
    #[command(flatten)]
    narrow: Narrow,
    #[command(flatten)]
    span: Span,
}

/// Counts them.
pub(super) async fn run(arguments: &FacetsArguments, context: &Context) -> Result<(), CliError> {
    let query = arguments.narrow.query(Some(&arguments.span));
    let facets: EventFacets = context.client()?.get(&["api", "v1", "audit-events", "facets"], &query).await?;
    context.console.answer(&facets, |console| console.table(&["WHAT", "NAME", "EVENTS"], rows(&facets)))
}

fn rows(facets: &EventFacets) -> Vec<Vec<String>> {
    let counted = |what: &str, name: &str, count: i64| vec![what.to_owned(), name.to_owned(), count.to_string()];
    let named = |one: &ActorCount| one.actor.as_ref().map_or_else(|| one.id.clone(), name_of);
    let kinds = facets.kinds.iter().map(|(name, count)| counted("kind", name, *count));
    let outcomes = facets.outcomes.iter().map(|(name, count)| counted("outcome", name, *count));
    let actors = facets.actors.iter().map(|one| counted("actor", &named(one), one.count));
    let projects = facets.projects.iter().map(|(id, count)| {
        let name = if id.is_empty() { "-" } else { id };
        counted("project", name, *count)
    });
    let mut rows = vec![counted("all", "-", facets.total)];
    rows.extend(outcomes.chain(kinds).chain(actors).chain(projects));
    rows
}
