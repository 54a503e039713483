import { Button, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Notice } from '../ui/Notice.tsx';
import type { Field } from './meet.ts';
import { plain } from './plain.ts';
import type { UsedEdit } from './use-edit.ts';

type Say<Values> = (value: Values[Field<Values>], field: Field<Values>) => string;

interface Props<Values> {
  edit: UsedEdit<Values>;
  /** What a field is called on this form. */
  nameOf: (field: Field<Values>) => string;
  /** What stands in a field, in words. */
  say?: Say<Values>;
}

/** Says that others changed the same thing while a form is open, and what they made of it. */
export function OthersNotice<Values>({ edit, nameOf, say }: Props<Values>) {
  const { t } = useTranslation();
  return (
    <div role="status">
      {edit.followed.length + edit.clashes.length > 0 && (
        <Said edit={edit} nameOf={nameOf} say={say ?? (value => plain(value, t))} />
      )}
    </div>
  );
}

interface SaidProps<Values> {
  edit: UsedEdit<Values>;
  nameOf: (field: Field<Values>) => string;
  say: Say<Values>;
}

function Said<Values>({ edit, nameOf, say }: SaidProps<Values>) {
  const { t } = useTranslation();
  const { followed, clashes, base, draft, takeTheirs } = edit;
  return (
    <Notice tone="warn">
      <Stack gap="xs" align="flex-start">
        <strong>{t('edits.others')}</strong>
        {followed.length > 0 && (
          <Text size="sm">
            {t('edits.followed')} {followed.map(nameOf).join(', ')}
          </Text>
        )}
        {clashes.map(field => (
          <Text size="sm" key={field}>
            {nameOf(field)}: {t('edits.theirs')} <code translate="no">{say(base[field], field) || '–'}</code>,{' '}
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
