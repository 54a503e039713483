import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconMenu2, IconUser } from '@tabler/icons-react';
import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { meQuery } from '../session/queries.ts';
import { signOut } from '../session/sign-in.ts';
import classes from './Shell.module.css';
import { ThemeSwitch } from './ThemeSwitch.tsx';

export function Header({ isMenuOpen, onMenu }: { isMenuOpen: boolean; onMenu: () => void }) {
  const { t } = useTranslation();
  const { data: me } = useSuspenseQuery(meQuery);
  const router = useRouter();
  const client = useQueryClient();

  async function leave() {
    await signOut();
    // First away from what shows data, then without it.
    await router.navigate({ to: '/login' });
    client.clear();
  }

  return (
    <header className={classes.header}>
      <ActionIcon
        className={classes.menu ?? ''}
        variant="default"
        size={40}
        aria-label={t('shell.menu')}
        aria-expanded={isMenuOpen}
        aria-controls="navigation"
        onClick={onMenu}
      >
        <IconMenu2 size={20} aria-hidden="true" />
      </ActionIcon>
      <Link to="/projects" className={classes.brand ?? ''}>
        <img src="/mayfly.svg" alt="" width={26} height={26} />
        <span translate="no">Mayfly</span>
      </Link>
      <ThemeSwitch />
      <Menu position="bottom-end" width={240}>
        <Menu.Target>
          <Button variant="default" leftSection={<IconUser size={18} aria-hidden="true" />}>
            <span className="visually-hidden">{t('shell.you')} </span>
            <span className={`${classes.wide} ${classes.who}`} translate="no">
              {me.user.name ?? me.user.email}
            </span>
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label translate="no">{me.user.email}</Menu.Label>
          <Menu.Item renderRoot={props => <Link {...props} to="/settings/account" />}>
            {t('account.title')}
          </Menu.Item>
          <Menu.Item onClick={leave}>{t('session.signOut')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </header>
  );
}
