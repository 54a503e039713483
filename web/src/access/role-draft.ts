import { ApiError } from '../api/problem.ts';
import type { PermissionRule, Role, RoleUpdateRequest } from '../api/schema.ts';
import { isSame } from '../edits/meet.ts';

const CRUD = ['read', 'create', 'edit', 'delete'];

/** What a project's own role may speak of, and what can be done with it; the words are the server's. */
export const SUBJECTS: Record<string, string[]> = {
  'dynamic-secrets': [
    'read-root-credential',
    'create-root-credential',
    'edit-root-credential',
    'delete-root-credential',
    'reveal-root-credential',
    'lease',
    'manage-leases',
    'approve-leases',
  ],
  'secret-folders': CRUD,
  environments: CRUD,
  project: ['read', 'edit', 'delete'],
  policies: ['read', 'edit'],
  'cluster-connections': ['attach'],
  identity: CRUD,
  member: CRUD,
  groups: CRUD,
  role: CRUD,
  'audit-logs': ['read'],
};

/** A line of a role as somebody edits it. */
export interface Line {
  /** Only to tell lines apart while they are edited. */
  key: string;
  subject: string;
  actions: string[];
  forbids: boolean;
  environments: string[];
  path: string;
  /** Conditions that this form does not know; they stay as they are. */
  others: Record<string, unknown>;
}

export function newLine(): Line {
  return {
    key: crypto.randomUUID(),
    subject: 'dynamic-secrets',
    actions: ['read-root-credential', 'lease'],
    forbids: false,
    environments: [],
    path: '',
    others: {},
  };
}

interface Conditions {
  environment?: { $eq?: string; $in?: string[] };
  secretPath?: { $eq?: string; $glob?: string };
}

/** A role as somebody edits it. */
export interface RoleDraft {
  name: string;
  lines: Line[];
}

/** The draft that leaves everything as it is. Its lines are known by their places. */
export function draftOf({ name, permissions }: Role): RoleDraft {
  const lines = permissions.flatMap((rule, index) => {
    const line = lineOf(rule);
    return line === null ? [] : [{ ...line, key: `${index}` }];
  });
  return { name, lines };
}

/** What is sent to change one: only what differs. Rules are replaced together; not where lines cannot say all of them. */
export function changesOf(before: Role, draft: RoleDraft, tooMuch: string): RoleUpdateRequest {
  const old = draftOf(before);
  const isOther = !isSame(old.lines, draft.lines);
  if (isOther && before.permissions.some(rule => lineOf(rule) === null))
    throw new ApiError(409, { code: 'changed_meanwhile', message: tooMuch });
  return {
    ...(draft.name === old.name ? {} : { name: draft.name.trim() }),
    ...(isOther ? { permissions: draft.lines.map(ruleOf) } : {}),
  };
}

/** Lines in few words, to tell them from others. */
export function sayLines(lines: Line[]): string {
  return lines
    .map(({ forbids, subject, actions, environments, path }) =>
      [forbids ? '✕' : '✓', `${subject}: ${actions.join(', ')}`, ...environments, path].join(' ').trim(),
    )
    .join('; ');
}

/** A rule as a line, or null where its conditions are more than a line can say. */
export function lineOf(rule: PermissionRule): Line | null {
  const { environment, secretPath, ...others } = (rule.conditions ?? {}) as Conditions &
    Record<string, unknown>;
  const isKnown =
    hasOnly(environment, ['$eq', '$in']) && hasOnly(secretPath, ['$eq', '$glob']) && !isBoth(environment);
  if (!isKnown) return null;
  return {
    key: crypto.randomUUID(),
    subject: rule.subject,
    actions: [rule.action].flat(),
    forbids: rule.inverted === true,
    environments: environment?.$in ?? [environment?.$eq ?? []].flat(),
    path: secretPath?.$glob ?? secretPath?.$eq ?? '',
    others,
  };
}

function hasOnly(condition: object | undefined, names: string[]): boolean {
  return Object.keys(condition ?? {}).every(name => names.includes(name)) && !isBoth(condition);
}

function isBoth(condition: object | undefined): boolean {
  return Object.keys(condition ?? {}).length > 1;
}

export function ruleOf(line: Line): PermissionRule {
  const path = line.path.trim();
  const conditions = {
    ...line.others,
    ...(line.environments.length === 0 ? {} : { environment: { $in: line.environments } }),
    ...(path === '' ? {} : { secretPath: path.includes('*') ? { $glob: path } : { $eq: path } }),
  };
  return {
    subject: line.subject,
    action: line.actions,
    ...(line.forbids ? { inverted: true } : {}),
    // The description of the API leaves open what conditions hold.
    ...(Object.keys(conditions).length === 0 ? {} : { conditions: conditions as Record<string, never> }),
  };
}

/** Whether a line about it may name environments and folders. */
export function isPlaced(subject: string): boolean {
  return subject === 'dynamic-secrets' || subject === 'secret-folders';
}
