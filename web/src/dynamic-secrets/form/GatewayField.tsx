import { useTranslation } from 'react-i18next';
import { ViaField } from '../../gateways/ViaField.tsx';
import type { FieldsProps } from './fields.ts';

/** The gateway or the pool that does the work or is on the way. */
export function GatewayField({ draft, change, faults, isEdit }: FieldsProps) {
  const { t } = useTranslation();
  const { authMethod, gatewayId, gatewayPoolId } = draft;
  const isOfSaved = draft.connectionId !== '';
  return (
    <ViaField
      authMethod={authMethod}
      via={{ gatewayId, gatewayPoolId }}
      onChoose={(via, policies) => {
        // What it does not do is not left to be tried: each lease would be refused.
        const cannotAnchor = authMethod === 'gateway' && policies.some(policy => !policy.static.anchors);
        change({ ...via, ...(cannotAnchor ? { revocable: 'no' as const } : {}) });
      }}
      faults={faults}
      help={isOfSaved ? t('form.gatewayOfSaved') : undefined}
      isDisabled={isEdit || isOfSaved}
    />
  );
}
