import { ActionIcon, Menu } from '@mantine/core';
import { IconContrast, IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { THEMES, useTheme } from '../theme/preference.ts';

const ICONS = { system: IconDeviceDesktop, light: IconSun, dark: IconMoon, contrast: IconContrast };

export function ThemeSwitch() {
  const { t } = useTranslation();
  const [chosen, choose] = useTheme();
  const Chosen = ICONS[chosen];
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <ActionIcon variant="default" size={36} aria-label={t('shell.theme')}>
          <Chosen size={18} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {THEMES.map(theme => {
          const Icon = ICONS[theme];
          return (
            <Menu.Item
              key={theme}
              role="menuitemradio"
              aria-checked={theme === chosen}
              leftSection={<Icon size={18} aria-hidden="true" />}
              rightSection={theme === chosen ? '✓' : undefined}
              onClick={() => choose(theme)}
            >
              {t(`shell.themes.${theme}`)}
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}
