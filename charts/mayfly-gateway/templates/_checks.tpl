{{/* Whether values make sense together: what a schema cannot say, or not in words. The same, in the same words, as in
crates/gateway/src/manifest/check.rs. */}}
{{- define "mayfly-gateway.checks" -}}
{{- $policy := .Values.policy }}
{{- $admission := .Values.admissionPolicy }}
{{- $network := .Values.networkPolicy }}
{{- $uuid := "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" }}
{{- if not (regexMatch $uuid .Values.gateway.id) }}
{{- fail "`gateway.id`: give the gateway's id, from its page" }}
{{- end }}
{{- if not (or $policy.static.accounts $policy.dynamic.namespaces $policy.forward.enabled) }}
{{- fail "`policy`: names nothing that may be asked for: give `policy.static.accounts`, or `policy.dynamic.namespaces` with `policy.dynamic.roles`" }}
{{- end }}
{{- if and $policy.dynamic.namespaces (not (or $policy.dynamic.roles $policy.dynamic.ownRules)) }}
{{- fail "`policy.dynamic`: accounts that are made would get nothing: give `policy.dynamic.roles`, or `policy.dynamic.ownRules`" }}
{{- end }}
{{- if eq (empty .Values.enrolment.text) (empty .Values.enrolment.existingSecret) }}
{{- fail "`enrolment`: give `enrolment.text` or `enrolment.existingSecret`, and not both" }}
{{- end }}
{{- if and .Values.enrolment.text (eq .Values.enrolment.method "token") }}
{{- fail "`enrolment.text`: a one-time code is a secret: give `enrolment.existingSecret`" }}
{{- end }}
{{- if and $policy.static.anchors (not $admission.enabled) }}
{{- fail "`policy.static.anchors`: takes the right to make and remove any Secret of those namespaces, which only `admissionPolicy.enabled` narrows" }}
{{- end }}
{{- if and $admission.enabled (not (regexMatch $uuid $admission.installation)) }}
{{- fail "`admissionPolicy.installation`: give the installation's id" }}
{{- end }}
{{- if and $admission.enabled (not (or $policy.static.accounts $policy.dynamic.namespaces)) }}
{{- fail "`admissionPolicy`: there is nothing to confine the account to" }}
{{- end }}
{{- if and $network.enabled (not (and (or $network.cilium $network.apiServer) $network.server)) }}
{{- fail "`networkPolicy`: give `networkPolicy.apiServer`, or `networkPolicy.cilium` where that is, and `networkPolicy.server`: where pods may go" }}
{{- end }}
{{- if and $network.enabled .Values.podMonitor.enabled (not $network.metricsFrom) }}
{{- fail "`podMonitor`: give `networkPolicy.metricsFrom`, too: without it nobody may read the numbers" }}
{{- end }}
{{- if not .Values.replicas }}
{{- fail "`replicas`: give at least 1" }}
{{- end }}
{{- include "mayfly-gateway.checkHeldRules" .Values }}
{{- include "mayfly-gateway.checkText" .Values }}
{{- end }}

{{/* Rules of the gateway's account that its policy does not make: never so wide that their holder is as good as anybody. */}}
{{- define "mayfly-gateway.checkHeldRules" -}}
{{- if and .rbac.heldRules (not .policy.dynamic.ownRules) }}
{{- fail "`rbac.heldRules`: are of use with `policy.dynamic.ownRules` only" }}
{{- end }}
{{- if and .rbac.heldRules (not .policy.dynamic.namespaces) }}
{{- fail "`rbac.heldRules`: would be bound nowhere: give `policy.dynamic.namespaces`" }}
{{- end }}
{{- range .rbac.heldRules }}
{{- $tooMuch := or (has "escalate" .verbs) (has "bind" .verbs) (has "impersonate" .verbs) }}
{{- if or $tooMuch (contains "*" (concat .apiGroups .resources .verbs | join " ")) }}
{{- fail "`rbac.heldRules`: must not have `*`, nor the verbs `escalate`, `bind` and `impersonate`" }}
{{- end }}
{{- end }}
{{- end }}

{{/* The enrolment is JSON in base64 for addresses, without padding: a code in it would be read by whoever reads ConfigMaps. */}}
{{- define "mayfly-gateway.checkText" -}}
{{- if .enrolment.text }}
{{- $encoded := trimPrefix "mayfly_enrol_" .enrolment.text | replace "-" "+" | replace "_" "/" }}
{{- $padding := index (list "" "" "==" "=") (mod (len $encoded) 4) }}
{{- $text := printf "%s%s" $encoded $padding | b64dec | fromJson }}
{{- if not (hasKey $text "gateway") }}
{{- fail "`enrolment.text`: copy the whole of it, from `mayfly_enrol_` to its end" }}
{{- end }}
{{- if hasKey $text "token" }}
{{- fail "`enrolment.text`: holds a one-time code, which is a secret: give `enrolment.existingSecret`" }}
{{- end }}
{{- if ne $text.gateway .gateway.id }}
{{- fail (printf "`enrolment.text` is for the gateway %s, and `gateway.id` is another" $text.gateway) }}
{{- end }}
{{- end }}
{{- end }}
