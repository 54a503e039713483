import type { AuditActor, LoggedEvent } from '../api/schema.ts';

/** The name that the log itself has for whoever did it. */
export function nameOf(actor: AuditActor): string {
  const { email, name } = (actor.metadata ?? {}) as { email?: string; name?: string };
  return email ?? name ?? actor.type;
}

/** The name of what it is about, where the log has one. */
export function aboutOf({ metadata, projectName }: LoggedEvent): string {
  const facts = (metadata ?? {}) as Record<string, unknown>;
  const names = ['dynamicSecretName', 'clusterConnectionName', 'name', 'email', 'environment'];
  const named = names.map(key => facts[key]).find(value => typeof value === 'string');
  return [projectName, named].filter(Boolean).join(' · ') || '–';
}

/** Why, where somebody said so or the log itself does. */
export function reasonOf({ metadata }: LoggedEvent): string | null {
  const facts = (metadata ?? {}) as Record<string, unknown>;
  return [facts.reason, facts.why].find(why => typeof why === 'string') ?? null;
}
