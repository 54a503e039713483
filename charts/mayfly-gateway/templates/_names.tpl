{{/* What `mayfly-gateway manifest` prints is made in crates/gateway/src/manifest; these templates say the same. */}}

{{- define "mayfly-gateway.selector" -}}
app.kubernetes.io/name: mayfly-gateway
app.kubernetes.io/instance: {{ quote .Release.Name }}
{{- end }}

{{- define "mayfly-gateway.labels" -}}
{{ include "mayfly-gateway.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: mayfly
{{- end }}

{{/* Of an object beside the pods. */}}
{{- define "mayfly-gateway.metadata" -}}
name: {{ quote .Release.Name }}
namespace: {{ quote .Release.Namespace }}
labels:
  {{- include "mayfly-gateway.labels" . | nindent 2 }}
{{- end }}

{{/* Of objects that are not beside the pods: for the gateway, since releases of the same name may be in other namespaces. */}}
{{- define "mayfly-gateway.nameElsewhere" -}}
mayfly-gateway-{{ .Values.gateway.id }}
{{- end }}

{{- define "mayfly-gateway.probe" -}}
httpGet:
  path: {{ .path }}
  port: health
periodSeconds: {{ .period }}
failureThreshold: {{ .failures }}
timeoutSeconds: 5
{{- end }}
