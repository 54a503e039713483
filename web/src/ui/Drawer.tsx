import { Drawer as Base, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './Dialog.module.css';
import { useFocusBack } from './use-focus-back.ts';
import { useTopmost } from './use-topmost.ts';

interface Props {
  title: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  onClose: () => void;
}

/** One thing of a list, beside the list. */
export function Drawer({ title, actions, children, onClose }: Props) {
  const { t } = useTranslation();
  const isTopmost = useTopmost();
  useFocusBack();
  return (
    <Base.Root
      opened
      onClose={onClose}
      closeOnEscape={isTopmost}
      position="right"
      size="lg"
      transitionProps={{ duration: 0 }}
      lockScroll={false}
    >
      <Base.Overlay />
      <Base.Content>
        <div className={classes.head}>
          <Base.Title>
            <Title order={2} size="h4" component="span">
              {title}
            </Title>
          </Base.Title>
          {actions}
          <Base.CloseButton aria-label={t('ui.close')} />
        </div>
        <Base.Body>{children}</Base.Body>
      </Base.Content>
    </Base.Root>
  );
}
