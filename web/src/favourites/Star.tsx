import { ActionIcon } from '@mantine/core';
import { IconStar, IconStarFilled } from '@tabler/icons-react';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { meQuery } from '../session/queries.ts';
import { type Favourite, useFavourites } from './list.ts';

/** Keeps a project or a dynamic secret at hand on the first page, or takes it off there. */
export function Star({ favourite, name }: { favourite: Favourite; name: string }) {
  const { t } = useTranslation();
  const { data: me } = useSuspenseQuery(meQuery);
  const { has, toggle } = useFavourites(me.user.id);
  const isKept = has(favourite);
  const Icon = isKept ? IconStarFilled : IconStar;
  return (
    <ActionIcon
      variant="subtle"
      size={36}
      aria-label={t('home.favour', { name })}
      aria-pressed={isKept}
      onClick={() => toggle(favourite)}
    >
      <Icon size={18} aria-hidden="true" />
    </ActionIcon>
  );
}
