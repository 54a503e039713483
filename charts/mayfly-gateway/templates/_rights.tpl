{{/* What is done to objects that are made for leases: each operation takes what it does, and no more. */}}
{{- define "mayfly-gateway.verbs" -}}
{{- $policy := .Values.policy }}
{{- $verbs := list }}
{{- if has "issue" $policy.operations }}
{{- $verbs = append $verbs "create" }}
{{- end }}
{{- if or $policy.janitor.enabled (has "revoke" $policy.operations) }}
{{- $verbs = append $verbs "delete" }}
{{- end }}
{{- if or (has "issue" $policy.operations) (has "revoke" $policy.operations) }}
{{- $verbs = append $verbs "get" }}
{{- end }}
{{- if or $policy.janitor.enabled (has "list-owned" $policy.operations) }}
{{- $verbs = append $verbs "list" }}
{{- end }}
{{- toJson $verbs }}
{{- end }}

{{/* Names of the accounts that exist already, in one namespace. */}}
{{- define "mayfly-gateway.accountsIn" -}}
{{- $names := list }}
{{- range .accounts }}
{{- if eq .namespace $.namespace }}
{{- $names = append $names .name }}
{{- end }}
{{- end }}
{{- $names | uniq | sortAlpha | toJson }}
{{- end }}

{{/* Names of the roles of one kind. */}}
{{- define "mayfly-gateway.roles" -}}
{{- $names := list }}
{{- range .roles }}
{{- if eq .kind $.kind }}
{{- $names = append $names .name }}
{{- end }}
{{- end }}
{{- $names | uniq | sortAlpha | toJson }}
{{- end }}

{{/* A rule about objects that are made for leases, unless nothing is done to them. */}}
{{- define "mayfly-gateway.made" -}}
{{- $verbs := include "mayfly-gateway.verbs" .root }}
{{- if ne $verbs "[]" }}
- apiGroups: [{{ quote .group }}]
  resources: [{{ .resource }}]
  verbs: {{ $verbs }}
{{- end }}
{{- end }}

{{/* The right to give a role away, by its name, and never `escalate`; and to look at it, since a server that cannot does not give it. */}}
{{- define "mayfly-gateway.bound" -}}
{{- $names := include "mayfly-gateway.roles" (dict "roles" .root.Values.policy.dynamic.roles "kind" .kind) }}
{{- if and (ne $names "[]") (has "issue" .root.Values.policy.operations) }}
- apiGroups: [rbac.authorization.k8s.io]
  resources: [{{ lower .kind }}s]
  resourceNames: {{ $names }}
  verbs: {{ .verbs }}
{{- end }}
{{- end }}

{{/* Tokens of accounts that exist already, by their names; and Secrets to bind them to, which cannot be named. */}}
{{- define "mayfly-gateway.staticRules" -}}
{{- if has "issue" .Values.policy.operations }}
- apiGroups: [""]
  resources: [serviceaccounts/token]
  resourceNames: {{ .names }}
  verbs: [create]
- apiGroups: [""]
  resources: [serviceaccounts]
  resourceNames: {{ .names }}
  verbs: [get]
{{- end }}
{{- $verbs := list }}
{{- if has "issue" .Values.policy.operations }}
{{- $verbs = append $verbs "create" }}
{{- end }}
{{- if has "revoke" .Values.policy.operations }}
{{- $verbs = append $verbs "delete" }}
{{- end }}
{{- if and .Values.policy.static.anchors $verbs }}
- apiGroups: [""]
  resources: [secrets]
  verbs: {{ toJson $verbs }}
{{- end }}
{{- end }}

{{/* Accounts of leases and what they get, in one namespace. */}}
{{- define "mayfly-gateway.dynamicRules" -}}
{{- $rbac := "rbac.authorization.k8s.io" }}
{{- if has "issue" .Values.policy.operations }}
- apiGroups: [""]
  resources: [serviceaccounts/token]
  verbs: [create]
{{- end }}
{{- include "mayfly-gateway.made" (dict "root" . "group" "" "resource" "serviceaccounts") }}
{{- include "mayfly-gateway.made" (dict "root" . "group" $rbac "resource" "rolebindings") }}
{{- if .Values.policy.dynamic.ownRules }}
{{- include "mayfly-gateway.made" (dict "root" . "group" $rbac "resource" "roles") }}
{{- end }}
{{- include "mayfly-gateway.bound" (dict "root" . "kind" "Role" "verbs" "[bind, get]") }}
{{- include "mayfly-gateway.bound" (dict "root" . "kind" "ClusterRole" "verbs" "[bind]") }}
{{- with .Values.rbac.heldRules }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The same in the whole cluster, where the policy says so, and reviews of tokens. */}}
{{- define "mayfly-gateway.clusterRules" -}}
{{- $rbac := "rbac.authorization.k8s.io" }}
{{- $dynamic := .Values.policy.dynamic }}
{{- if $dynamic.namespaces }}
{{- include "mayfly-gateway.bound" (dict "root" . "kind" "ClusterRole" "verbs" (ternary "[bind, get]" "[get]" $dynamic.clusterWide)) }}
{{- end }}
{{- if and $dynamic.clusterWide $dynamic.namespaces }}
{{- include "mayfly-gateway.made" (dict "root" . "group" $rbac "resource" "clusterrolebindings") }}
{{- if $dynamic.ownRules }}
{{- include "mayfly-gateway.made" (dict "root" . "group" $rbac "resource" "clusterroles") }}
{{- end }}
{{- end }}
{{- if has "review" .Values.policy.operations }}
- apiGroups: [authentication.k8s.io]
  resources: [tokenreviews]
  verbs: [create]
{{- end }}
{{- if and $dynamic.clusterWide $dynamic.namespaces }}
{{- with .Values.rbac.heldRules }}
{{ toYaml . }}
{{- end }}
{{- end }}
{{- end }}

{{/* A role with its binding to the gateway's account, unless it has no rules. */}}
{{- define "mayfly-gateway.roleAndBinding" -}}
{{- $prefix := ternary "" "Cluster" (hasKey . "namespace") }}
{{- if trim .rules }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $prefix }}Role
metadata:
  name: {{ quote .name }}
  {{- with .namespace }}
  namespace: {{ quote . }}
  {{- end }}
  labels:
    {{- include "mayfly-gateway.labels" .root | nindent 4 }}
rules:
  {{- trim .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $prefix }}RoleBinding
metadata:
  name: {{ quote .name }}
  {{- with .namespace }}
  namespace: {{ quote . }}
  {{- end }}
  labels:
    {{- include "mayfly-gateway.labels" .root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $prefix }}Role
  name: {{ quote .name }}
subjects:
  - kind: ServiceAccount
    name: {{ quote .root.Release.Name }}
    namespace: {{ quote .root.Release.Namespace }}
{{- end }}
{{- end }}
