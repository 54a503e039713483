import { ActionIcon, Button, Kbd, Menu } from '@mantine/core';
import { IconMenu2, IconSearch, IconUser } from '@tabler/icons-react';
import { useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { meQuery } from '../session/queries.ts';
import { useSignOut } from '../session/use-sign-out.ts';
import classes from './Shell.module.css';
import { ThemeSwitch } from './ThemeSwitch.tsx';

interface Props {
  isMenuOpen: boolean;
  onMenu: () => void;
  onPalette: () => void;
}

export function Header({ isMenuOpen, onMenu, onPalette }: Props) {
  const { t } = useTranslation();
  const { data: me } = useSuspenseQuery(meQuery);
  const leave = useSignOut();
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
      <Link to="/" className={classes.brand ?? ''}>
        <img src="/mayfly.svg" alt="" width={26} height={26} />
        <span translate="no">Mayfly</span>
      </Link>
      <Button
        variant="default"
        className={classes.palette ?? ''}
        leftSection={<IconSearch size={16} aria-hidden="true" />}
        onClick={onPalette}
        aria-keyshortcuts="Control+K Meta+K"
      >
        <span className={classes.wide}>{t('shell.palette')}</span>
        <span className={`${classes.narrow} visually-hidden`}>{t('shell.palette')}</span>
        <Kbd className={classes.wide ?? ''} ml={12} translate="no" aria-hidden="true">
          Ctrl K
        </Kbd>
      </Button>
      <ThemeSwitch />
      <Menu position="bottom-end" width={240}>
        <Menu.Target>
          <Button variant="default" leftSection={<IconUser size={18} aria-hidden="true" />}>
            <span className="visually-hidden">{t('shell.you')} </span>
            <span
              className={`${classes.wide} ${classes.who}`}
              title={me.user.name ?? me.user.email}
              translate="no"
            >
              {me.user.name ?? me.user.email}
            </span>
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label translate="no">{me.user.email}</Menu.Label>
          <Menu.Item renderRoot={props => <Link {...props} to="/settings" />}>
            {t('places.preferences')}
          </Menu.Item>
          <Menu.Item onClick={leave}>{t('session.signOut')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </header>
  );
}
