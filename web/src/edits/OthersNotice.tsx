import { Button, Stack, Text } from '@mantine/core';
import type { MouseEvent } from 'react';
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

  /** The button goes with what it stands for, and whoever is at it is led to the field. */
  function take({ currentTarget }: MouseEvent<HTMLElement>) {
    const [first] = clashes;
    if (first !== undefined) fieldOf(currentTarget.closest('form'), nameOf(first))?.focus();
    takeTheirs();
  }

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
            <Button size="compact-sm" variant="default" onClick={take}>
              {t('edits.takeTheirs')}
            </Button>
          </>
        )}
      </Stack>
    </Notice>
  );
}

/** The field of a form with this label, or the first where what has it is no field. */
function fieldOf(form: HTMLElement | null, label: string): HTMLElement | null | undefined {
  const labels = [...(form?.querySelectorAll('label') ?? [])];
  const found = labels.find(one => one.textContent.replace(/\s*\*$/, '') === label);
  return found?.control ?? form?.querySelector('input, textarea');
}
