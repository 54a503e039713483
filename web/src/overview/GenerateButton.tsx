import { Button, Menu } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ButtonLink } from '../app/links.tsx';
import type { Row } from './use-matrix.ts';

/** Always there and always named. Where a secret is in several environments, it asks which one first. */
export function GenerateButton({ project, path, row }: { project: string; path: string; row: Row }) {
  const { t } = useTranslation();
  const places = row.cells.filter(cell => cell.secret !== undefined);
  const search = { generate: true as const, ...(path === '/' ? {} : { path }) };
  const [only] = places;
  if (places.length === 1 && only !== undefined) {
    return (
      <ButtonLink
        size="compact-sm"
        variant="light"
        to="/p/$project/e/$environment/s/$name"
        params={{ project, environment: only.environment.slug, name: row.name }}
        search={search}
        aria-label={t('overview.generateFor', { name: row.name })}
        data-key="t"
      >
        {t('secrets.generate')}
      </ButtonLink>
    );
  }
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          size="compact-sm"
          variant="light"
          aria-label={t('overview.generateFor', { name: row.name })}
          data-key="t"
        >
          {t('secrets.generate')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('overview.where')}</Menu.Label>
        {places.map(({ environment }) => (
          <Menu.Item
            key={environment.id}
            renderRoot={props => (
              <Link
                {...props}
                to="/p/$project/e/$environment/s/$name"
                params={{ project, environment: environment.slug, name: row.name }}
                search={search}
              />
            )}
            translate="no"
          >
            {environment.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
