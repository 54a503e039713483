import { Button, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Notice } from '../ui/Notice.tsx';
import type { Field } from './meet.ts';
import type { UsedEdit } from './use-edit.ts';

type Say<Values> = (value: Values[Field<Values>], field: Field<Values>) => string;

interface Props<Values> {
  edit: UsedEdit<Values>;
  /** What a field is called on this form; without it, as in the API. */
  nameOf?: (field: Field<Values>) => string;
  /** What stands in a field, in words. */
  say?: Say<Values>;
}

/** Says that others changed the same thing while a form is open, and what they made of it. */
export function OthersNotice<Values>({ edit, nameOf, say }: Props<Values>) {
  return (
    <div role="status">
      {edit.followed.length + edit.clashes.length > 0 && (
        <Said edit={edit} nameOf={nameOf} say={say ?? plain} />
      )}
    </div>
  );
}

interface SaidProps<Values> {
  edit: UsedEdit<Values>;
  nameOf: ((field: Field<Values>) => string) | undefined;
  say: Say<Values>;
}

function Said<Values>({ edit, nameOf, say }: SaidProps<Values>) {
  const { t } = useTranslation();
  const { followed, clashes, base, draft, takeTheirs } = edit;
  const name = (field: Field<Values>) => nameOf?.(field) ?? <code translate="no">{field}</code>;
  return (
    <Notice tone="warn">
      <Stack gap="xs" align="flex-start">
        <strong>{t('edits.others')}</strong>
        {followed.length > 0 && (
          <Text size="sm">
            {t('edits.followed')} {between(followed.map(field => <span key={field}>{name(field)}</span>))}
          </Text>
        )}
        {clashes.map(field => (
          <Text size="sm" key={field}>
            {name(field)}: {t('edits.theirs')} <code translate="no">{say(base[field], field) || '–'}</code>,{' '}
            {t('edits.yours')} <code translate="no">{say(draft[field], field) || '–'}</code>
          </Text>
        ))}
        {clashes.length > 0 && (
          <>
            <Text size="sm">{t('edits.effect')}</Text>
            <Button size="compact-sm" variant="default" onClick={takeTheirs}>
              {t('edits.takeTheirs')}
            </Button>
          </>
        )}
      </Stack>
    </Notice>
  );
}

function between(items: ReactNode[]): ReactNode[] {
  return items.flatMap((item, index) => (index === 0 ? [item] : [', ', item]));
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map(plain).join(', ');
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : `${value ?? ''}`;
}
