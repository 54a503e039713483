import { Button, CloseButton, Group, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ButtonLink } from '../app/links.tsx';
import { ActionButton } from '../ui/ActionButton.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import classes from './SavedViews.module.css';
import { isNarrow, type LeaseSearch } from './search.ts';
import { BUILT_IN, isSame, useViews, withView } from './views.ts';

/** Filters that are wanted often, each a link: those that everybody has, and one's own. */
export function SavedViews({ search }: { search: LeaseSearch }) {
  const { t } = useTranslation();
  const [views, setViews] = useViews();
  const [isNaming, setIsNaming] = useState(false);
  const place = search.project === undefined ? {} : { project: search.project };
  const hasFilter = isNarrow(search) || search.group !== undefined;
  return (
    <nav aria-label={t('leaseList.views')} className={classes.views}>
      {BUILT_IN.map(({ key, search: of }) => (
        <ViewLink key={key} of={{ ...place, ...of }} search={search}>
          {t(`leaseList.builtIn.${key}`)}
        </ViewLink>
      ))}
      {views.map(({ name, search: of }) => (
        <span key={name} className={classes.own}>
          <ViewLink of={of} search={search}>
            <span translate="no">{name}</span>
          </ViewLink>
          <CloseButton
            size="sm"
            aria-label={t('leaseList.forgetView', { name })}
            onClick={() => setViews(views.filter(view => view.name !== name))}
          />
        </span>
      ))}
      <ActionButton
        size="compact-sm"
        variant="subtle"
        reason={hasFilter ? null : t('leaseList.nothingToKeep')}
        onClick={() => setIsNaming(true)}
      >
        {t('leaseList.keepView')}
      </ActionButton>
      {isNaming && (
        <NameDialog
          onName={name => {
            setViews(withView(views, { name, search }));
            setIsNaming(false);
          }}
          onClose={() => setIsNaming(false)}
        />
      )}
    </nav>
  );
}

interface LinkProps {
  of: LeaseSearch;
  search: LeaseSearch;
  children: React.ReactNode;
}

function ViewLink({ of, search, children }: LinkProps) {
  const isShown = isSame(of, search);
  return (
    <ButtonLink
      to="/leases"
      search={of}
      size="compact-sm"
      variant={isShown ? 'filled' : 'default'}
      activeOptions={{ exact: true, explicitUndefined: true }}
      aria-current={isShown ? 'page' : undefined}
    >
      {children}
    </ButtonLink>
  );
}

function NameDialog({ onName, onClose }: { onName: (name: string) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');

  function submit(event: FormEvent) {
    event.preventDefault();
    if (name.trim() !== '') onName(name.trim());
  }

  return (
    <Dialog title={t('leaseList.keepView')} onClose={onClose}>
      <form onSubmit={submit}>
        <TextInput
          label={t('leaseList.viewName')}
          description={t('leaseList.viewHelp')}
          value={name}
          onChange={event => setName(event.currentTarget.value)}
          maxLength={60}
          autoComplete="off"
          required
          data-autofocus
        />
        <Group justify="flex-end" gap="sm" mt="md">
          <Button variant="default" onClick={onClose}>
            {t('ui.cancel')}
          </Button>
          <Button type="submit">{t('ui.save')}</Button>
        </Group>
      </form>
    </Dialog>
  );
}
