{{/* Made by `cargo xtask generate`: change crates/domain/src/admission instead. */}}

{{/* A text, and a list of texts, as literals in the Common Expression Language. */}}
{{- define "mayfly-gateway.celText" -}}
'{{ . | replace "\\" "\\\\" | replace "'" "\\'" }}'
{{- end }}

{{- define "mayfly-gateway.celList" -}}
[{{ range $at, $text := . }}{{ if $at }}, {{ end }}{{ include "mayfly-gateway.celText" $text }}{{ end }}]
{{- end }}

{{- define "mayfly-gateway.admission" }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-objects
spec:
  failurePolicy: Fail
  matchConditions:
    -
      expression: |-
        request.userInfo.username == {{ include "mayfly-gateway.celText" .issuer }}
      name: issuer
  matchConstraints:
    resourceRules:
      -
        apiGroups: [""]
        apiVersions: ["*"]
        operations: ["CREATE"]
        resources: ["serviceaccounts","secrets"]
      -
        apiGroups: ["rbac.authorization.k8s.io"]
        apiVersions: ["*"]
        operations: ["CREATE"]
        resources: ["roles","rolebindings","clusterroles","clusterrolebindings"]
  validations:
    -
      expression: |-
        'app.kubernetes.io/managed-by' in variables.labels && variables.labels['app.kubernetes.io/managed-by'] == 'mayfly' &&
        'mayfly.dev/installation' in variables.labels && variables.labels['mayfly.dev/installation'] == '{{ .installation }}' &&
        'mayfly.dev/lease' in variables.labels && variables.labels['mayfly.dev/lease'].matches('^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')
      message: |-
        an object must carry the labels of this installation
    -
      expression: |-
        variables.labels.all(key, key in ['app.kubernetes.io/managed-by', 'mayfly.dev/installation', 'mayfly.dev/lease'{{ range .labels }}, {{ include "mayfly-gateway.celText" . }}{{ end }}])
      message: |-
        an object must carry no labels but those that are allowed
    -
      expression: |-
        'mayfly.dev/seal' in variables.annotations &&
        'mayfly.dev/expires-at' in variables.annotations
      message: |-
        an object must carry a seal and its end
    -
      expression: |-
        variables.annotations.all(key, key in ['mayfly.dev/seal', 'mayfly.dev/expires-at'{{ range .annotations }}, {{ include "mayfly-gateway.celText" . }}{{ end }}])
      message: |-
        an object must carry no annotations but those that are allowed
    -
      expression: |-
        (!has(object.metadata.finalizers) || size(object.metadata.finalizers) == 0)
      message: |-
        an object must have no finalizers
    -
      expression: |-
        (!has(object.metadata.ownerReferences) || size(object.metadata.ownerReferences) == 0)
      message: |-
        an object must have no owners
    -
      expression: |-
        has(object.metadata.name) &&
        !has(object.metadata.generateName) &&
        size(object.metadata.name) <= 63
      message: |-
        an object must have a name of its own
  variables:
    -
      expression: |-
        has(object.metadata.labels) ? object.metadata.labels : {}
      name: labels
    -
      expression: |-
        has(object.metadata.annotations) ? object.metadata.annotations : {}
      name: annotations
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-objects
spec:
  policyName: {{ .name }}-objects
  validationActions: ["Deny"]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-changes
spec:
  failurePolicy: Fail
  matchConditions:
    -
      expression: |-
        request.userInfo.username == {{ include "mayfly-gateway.celText" .issuer }}
      name: issuer
  matchConstraints:
    resourceRules:
      -
        apiGroups: [""]
        apiVersions: ["*"]
        operations: ["UPDATE","DELETE"]
        resources: ["serviceaccounts","secrets"]
      -
        apiGroups: ["rbac.authorization.k8s.io"]
        apiVersions: ["*"]
        operations: ["UPDATE","DELETE"]
        resources: ["roles","rolebindings","clusterroles","clusterrolebindings"]
  validations:
    -
      expression: |-
        request.operation != 'UPDATE'
      message: |-
        an object must not be changed
    -
      expression: |-
        request.operation != 'DELETE' || (
        'app.kubernetes.io/managed-by' in variables.labels && variables.labels['app.kubernetes.io/managed-by'] == 'mayfly' &&
        'mayfly.dev/installation' in variables.labels && variables.labels['mayfly.dev/installation'] == '{{ .installation }}' &&
        'mayfly.dev/lease' in variables.labels && variables.labels['mayfly.dev/lease'].matches('^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'))
      message: |-
        only objects of this installation may be removed
  variables:
    -
      expression: |-
        oldObject != null && has(oldObject.metadata.labels) ? oldObject.metadata.labels : {}
      name: labels
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-changes
spec:
  policyName: {{ .name }}-changes
  validationActions: ["Deny"]
{{- if has .shape (list "nowhere-closed-shut-any" "nowhere-closed-shut-listed" "nowhere-namespace-shut-any" "nowhere-namespace-shut-listed") }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-accounts
spec:
  failurePolicy: Fail
  matchConditions:
    -
      expression: |-
        request.userInfo.username == {{ include "mayfly-gateway.celText" .issuer }}
      name: issuer
  matchConstraints:
    resourceRules:
      -
        apiGroups: [""]
        apiVersions: ["*"]
        operations: ["CREATE"]
        resources: ["serviceaccounts"]
  validations:
    -
      expression: |-
        false
      message: |-
        the namespace is closed
    -
      expression: |-
        object.metadata.name.matches('^(dynamic-secret-sa-[02-9a-hj-km-np-z]{10})$')
      message: |-
        the name is none that Mayfly gives
    -
      expression: |-
        has(object.automountServiceAccountToken) && object.automountServiceAccountToken == false &&
        (!has(object.secrets) || size(object.secrets) == 0) &&
        (!has(object.imagePullSecrets) || size(object.imagePullSecrets) == 0)
      message: |-
        an account must hold nothing, and its token must not be mounted
  variables: []
{{- end }}
{{- if has .shape (list "inside-closed-shut-any" "inside-closed-shut-listed" "inside-closed-open-any" "inside-closed-open-listed" "inside-namespace-shut-any" "inside-namespace-shut-listed" "inside-namespace-open-any" "inside-namespace-open-listed" "inside-everywhere-shut-any" "inside-everywhere-shut-listed" "inside-everywhere-open-any" "inside-everywhere-open-listed") }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-accounts
spec:
  failurePolicy: Fail
  matchConditions:
    -
      expression: |-
        request.userInfo.username == {{ include "mayfly-gateway.celText" .issuer }}
      name: issuer
  matchConstraints:
    resourceRules:
      -
        apiGroups: [""]
        apiVersions: ["*"]
        operations: ["CREATE"]
        resources: ["serviceaccounts"]
  validations:
    -
      expression: |-
        request.namespace in {{ include "mayfly-gateway.celList" .namespaces }}
      message: |-
        the namespace is closed
    -
      expression: |-
        object.metadata.name.matches('^(dynamic-secret-sa-[02-9a-hj-km-np-z]{10})$')
      message: |-
        the name is none that Mayfly gives
    -
      expression: |-
        has(object.automountServiceAccountToken) && object.automountServiceAccountToken == false &&
        (!has(object.secrets) || size(object.secrets) == 0) &&
        (!has(object.imagePullSecrets) || size(object.imagePullSecrets) == 0)
      message: |-
        an account must hold nothing, and its token must not be mounted
  variables: []
{{- end }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-accounts
spec:
  policyName: {{ .name }}-accounts
  validationActions: ["Deny"]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-anchors
spec:
  failurePolicy: Fail
  matchConditions:
    -
      expression: |-
        request.userInfo.username == {{ include "mayfly-gateway.celText" .issuer }}
      name: issuer
  matchConstraints:
    resourceRules:
      -
        apiGroups: [""]
        apiVersions: ["*"]
        operations: ["CREATE"]
        resources: ["secrets"]
  validations:
    -
      expression: |-
        request.namespace in {{ include "mayfly-gateway.celList" .homes }}
      message: |-
        the namespace is closed
    -
      expression: |-
        object.metadata.name == 'mayfly-' + variables.lease
      message: |-
        the name is none that Mayfly gives
    -
      expression: |-
        object.type == 'Opaque' &&
        (!has(object.data) || size(object.data) == 0) &&
        (!has(object.stringData) || size(object.stringData) == 0) &&
        has(object.immutable) && object.immutable == true
      message: |-
        a secret must be opaque, immutable and empty
  variables:
    -
      expression: |-
        has(object.metadata.labels) && 'mayfly.dev/lease' in object.metadata.labels ? object.metadata.labels['mayfly.dev/lease'] : ''
      name: lease
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-anchors
spec:
  policyName: {{ .name }}-anchors
  validationActions: ["Deny"]
{{- if has .shape (list "nowhere-closed-shut-listed" "nowhere-namespace-shut-listed") }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-tokens
spec:
  failurePolicy: Fail
  matchConditions:
    -
      expression: |-
        request.userInfo.username == {{ include "mayfly-gateway.celText" .issuer }}
      name: issuer
  matchConstraints:
    resourceRules:
      -
        apiGroups: [""]
        apiVersions: ["*"]
        operations: ["CREATE"]
        resources: ["serviceaccounts/token"]
  validations:
    -
      expression: |-
        variables.temporary || variables.existing
      message: |-
        the account is neither temporary nor one that is allowed
    -
      expression: |-
        object.spec.expirationSeconds <= {{ .longest }}
      message: |-
        a token must live at most {{ .longest }} s
    -
      expression: |-
        object.spec.audiences.all(audience, audience in {{ include "mayfly-gateway.celList" .audiences }})
      message: |-
        a token must have no audiences but those that are allowed
  variables:
    -
      expression: |-
        false &&
        request.name.matches('^(dynamic-secret-sa-[02-9a-hj-km-np-z]{10})$')
      name: temporary
    -
      expression: |-
        request.namespace + '/' + request.name in {{ include "mayfly-gateway.celList" .accounts }}
      name: existing
{{- end }}
{{- if has .shape (list "inside-closed-shut-listed" "inside-closed-open-listed" "inside-namespace-shut-listed" "inside-namespace-open-listed" "inside-everywhere-shut-listed" "inside-everywhere-open-listed") }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-tokens
spec:
  failurePolicy: Fail
  matchConditions:
    -
      expression: |-
        request.userInfo.username == {{ include "mayfly-gateway.celText" .issuer }}
      name: issuer
  matchConstraints:
    resourceRules:
      -
        apiGroups: [""]
        apiVersions: ["*"]
        operations: ["CREATE"]
        resources: ["serviceaccounts/token"]
  validations:
    -
      expression: |-
        variables.temporary || variables.existing
      message: |-
        the account is neither temporary nor one that is allowed
    -
      expression: |-
        object.spec.expirationSeconds <= {{ .longest }}
      message: |-
        a token must live at most {{ .longest }} s
    -
      expression: |-
        object.spec.audiences.all(audience, audience in {{ include "mayfly-gateway.celList" .audiences }})
      message: |-
        a token must have no audiences but those that are allowed
  variables:
    -
      expression: |-
        request.namespace in {{ include "mayfly-gateway.celList" .namespaces }} &&
        request.name.matches('^(dynamic-secret-sa-[02-9a-hj-km-np-z]{10})$')
      name: temporary
    -
      expression: |-
        request.namespace + '/' + request.name in {{ include "mayfly-gateway.celList" .accounts }}
      name: existing
{{- end }}
{{- if has .shape (list "nowhere-closed-shut-any" "nowhere-namespace-shut-any") }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-tokens
spec:
  failurePolicy: Fail
  matchConditions:
    -
      expression: |-
        request.userInfo.username == {{ include "mayfly-gateway.celText" .issuer }}
      name: issuer
  matchConstraints:
    resourceRules:
      -
        apiGroups: [""]
        apiVersions: ["*"]
        operations: ["CREATE"]
        resources: ["serviceaccounts/token"]
  validations:
    -
      expression: |-
        variables.temporary || variables.existing
      message: |-
        the account is neither temporary nor one that is allowed
    -
      expression: |-
        object.spec.expirationSeconds <= {{ .longest }}
      message: |-
        a token must live at most {{ .longest }} s
  variables:
    -
      expression: |-
        false &&
        request.name.matches('^(dynamic-secret-sa-[02-9a-hj-km-np-z]{10})$')
      name: temporary
    -
      expression: |-
        request.namespace + '/' + request.name in {{ include "mayfly-gateway.celList" .accounts }}
      name: existing
{{- end }}
{{- if has .shape (list "inside-closed-shut-any" "inside-closed-open-any" "inside-namespace-shut-any" "inside-namespace-open-any" "inside-everywhere-shut-any" "inside-everywhere-open-any") }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-tokens
spec:
  failurePolicy: Fail
  matchConditions:
    -
      expression: |-
        request.userInfo.username == {{ include "mayfly-gateway.celText" .issuer }}
      name: issuer
  matchConstraints:
    resourceRules:
      -
        apiGroups: [""]
        apiVersions: ["*"]
        operations: ["CREATE"]
        resources: ["serviceaccounts/token"]
  validations:
    -
      expression: |-
        variables.temporary || variables.existing
      message: |-
        the account is neither temporary nor one that is allowed
    -
      expression: |-
        object.spec.expirationSeconds <= {{ .longest }}
      message: |-
        a token must live at most {{ .longest }} s
  variables:
    -
      expression: |-
        request.namespace in {{ include "mayfly-gateway.celList" .namespaces }} &&
        request.name.matches('^(dynamic-secret-sa-[02-9a-hj-km-np-z]{10})$')
      name: temporary
    -
      expression: |-
        request.namespace + '/' + request.name in {{ include "mayfly-gateway.celList" .accounts }}
      name: existing
{{- end }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-tokens
spec:
  policyName: {{ .name }}-tokens
  validationActions: ["Deny"]
{{- if has .shape (list "nowhere-closed-shut-any" "nowhere-closed-shut-listed") }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-bindings
spec:
  failurePolicy: Fail
  matchConditions:
    -
      expression: |-
        request.userInfo.username == {{ include "mayfly-gateway.celText" .issuer }}
      name: issuer
  matchConstraints:
    resourceRules:
      -
        apiGroups: ["rbac.authorization.k8s.io"]
        apiVersions: ["*"]
        operations: ["CREATE"]
        resources: ["rolebindings"]
  validations:
    -
      expression: |-
        false
      message: |-
        the namespace is closed
    -
      expression: |-
        object.metadata.name.matches('^(dynamic-secret-sa-[02-9a-hj-km-np-z]{10})$')
      message: |-
        the name is none that Mayfly gives
    -
      expression: |-
        has(object.subjects) && size(object.subjects) == 1 &&
        object.subjects[0].kind == 'ServiceAccount' &&
        object.subjects[0].name == object.metadata.name &&
        has(object.subjects[0].namespace) &&
        object.subjects[0].namespace == request.namespace
      message: |-
        a binding must have one subject, its own temporary account
    -
      expression: |-
        (object.roleRef.kind == 'Role' && object.roleRef.name in {{ include "mayfly-gateway.celList" .roles }}) ||
        (object.roleRef.kind == 'ClusterRole' && object.roleRef.name in {{ include "mayfly-gateway.celList" .clusterRoles }})
      message: |-
        the role is none of those that may be bound
  variables: []
{{- end }}
{{- if has .shape (list "nowhere-namespace-shut-any" "nowhere-namespace-shut-listed") }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-bindings
spec:
  failurePolicy: Fail
  matchConditions:
    -
      expression: |-
        request.userInfo.username == {{ include "mayfly-gateway.celText" .issuer }}
      name: issuer
  matchConstraints:
    resourceRules:
      -
        apiGroups: ["rbac.authorization.k8s.io"]
        apiVersions: ["*"]
        operations: ["CREATE"]
        resources: ["rolebindings"]
  validations:
    -
      expression: |-
        false
      message: |-
        the namespace is closed
    -
      expression: |-
        object.metadata.name.matches('^(dynamic-secret-sa-[02-9a-hj-km-np-z]{10})$')
      message: |-
        the name is none that Mayfly gives
    -
      expression: |-
        has(object.subjects) && size(object.subjects) == 1 &&
        object.subjects[0].kind == 'ServiceAccount' &&
        object.subjects[0].name == object.metadata.name &&
        has(object.subjects[0].namespace) &&
        object.subjects[0].namespace == request.namespace
      message: |-
        a binding must have one subject, its own temporary account
    -
      expression: |-
        (object.roleRef.kind == 'Role' && object.roleRef.name in {{ include "mayfly-gateway.celList" .roles }}) ||
        (object.roleRef.kind == 'ClusterRole' && object.roleRef.name in {{ include "mayfly-gateway.celList" .clusterRoles }}) ||
        (object.roleRef.kind == 'Role' && object.roleRef.name == object.metadata.name)
      message: |-
        the role is none of those that may be bound
  variables: []
{{- end }}
{{- if has .shape (list "inside-closed-shut-any" "inside-closed-shut-listed" "inside-closed-open-any" "inside-closed-open-listed") }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-bindings
spec:
  failurePolicy: Fail
  matchConditions:
    -
      expression: |-
        request.userInfo.username == {{ include "mayfly-gateway.celText" .issuer }}
      name: issuer
  matchConstraints:
    resourceRules:
      -
        apiGroups: ["rbac.authorization.k8s.io"]
        apiVersions: ["*"]
        operations: ["CREATE"]
        resources: ["rolebindings"]
  validations:
    -
      expression: |-
        request.namespace in {{ include "mayfly-gateway.celList" .namespaces }}
      message: |-
        the namespace is closed
    -
      expression: |-
        object.metadata.name.matches('^(dynamic-secret-sa-[02-9a-hj-km-np-z]{10})$')
      message: |-
        the name is none that Mayfly gives
    -
      expression: |-
        has(object.subjects) && size(object.subjects) == 1 &&
        object.subjects[0].kind == 'ServiceAccount' &&
        object.subjects[0].name == object.metadata.name &&
        has(object.subjects[0].namespace) &&
        object.subjects[0].namespace == request.namespace
      message: |-
        a binding must have one subject, its own temporary account
    -
      expression: |-
        (object.roleRef.kind == 'Role' && object.roleRef.name in {{ include "mayfly-gateway.celList" .roles }}) ||
        (object.roleRef.kind == 'ClusterRole' && object.roleRef.name in {{ include "mayfly-gateway.celList" .clusterRoles }})
      message: |-
        the role is none of those that may be bound
  variables: []
{{- end }}
{{- if has .shape (list "inside-namespace-shut-any" "inside-namespace-shut-listed" "inside-namespace-open-any" "inside-namespace-open-listed" "inside-everywhere-shut-any" "inside-everywhere-shut-listed" "inside-everywhere-open-any" "inside-everywhere-open-listed") }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-bindings
spec:
  failurePolicy: Fail
  matchConditions:
    -
      expression: |-
        request.userInfo.username == {{ include "mayfly-gateway.celText" .issuer }}
      name: issuer
  matchConstraints:
    resourceRules:
      -
        apiGroups: ["rbac.authorization.k8s.io"]
        apiVersions: ["*"]
        operations: ["CREATE"]
        resources: ["rolebindings"]
  validations:
    -
      expression: |-
        request.namespace in {{ include "mayfly-gateway.celList" .namespaces }}
      message: |-
        the namespace is closed
    -
      expression: |-
        object.metadata.name.matches('^(dynamic-secret-sa-[02-9a-hj-km-np-z]{10})$')
      message: |-
        the name is none that Mayfly gives
    -
      expression: |-
        has(object.subjects) && size(object.subjects) == 1 &&
        object.subjects[0].kind == 'ServiceAccount' &&
        object.subjects[0].name == object.metadata.name &&
        has(object.subjects[0].namespace) &&
        object.subjects[0].namespace == request.namespace
      message: |-
        a binding must have one subject, its own temporary account
    -
      expression: |-
        (object.roleRef.kind == 'Role' && object.roleRef.name in {{ include "mayfly-gateway.celList" .roles }}) ||
        (object.roleRef.kind == 'ClusterRole' && object.roleRef.name in {{ include "mayfly-gateway.celList" .clusterRoles }}) ||
        (object.roleRef.kind == 'Role' && object.roleRef.name == object.metadata.name)
      message: |-
        the role is none of those that may be bound
  variables: []
{{- end }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-bindings
spec:
  policyName: {{ .name }}-bindings
  validationActions: ["Deny"]
{{- if has .shape (list "nowhere-closed-shut-any" "nowhere-closed-shut-listed" "nowhere-namespace-shut-any" "nowhere-namespace-shut-listed" "inside-closed-shut-any" "inside-closed-shut-listed" "inside-namespace-shut-any" "inside-namespace-shut-listed") }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-cluster-bindings
spec:
  failurePolicy: Fail
  matchConditions:
    -
      expression: |-
        request.userInfo.username == {{ include "mayfly-gateway.celText" .issuer }}
      name: issuer
  matchConstraints:
    resourceRules:
      -
        apiGroups: ["rbac.authorization.k8s.io"]
        apiVersions: ["*"]
        operations: ["CREATE"]
        resources: ["clusterrolebindings"]
  validations:
    -
      expression: |-
        false
      message: |-
        whole-cluster bindings are closed
  variables: []
{{- end }}
{{- if has .shape (list "inside-closed-open-any" "inside-closed-open-listed" "inside-namespace-open-any" "inside-namespace-open-listed") }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-cluster-bindings
spec:
  failurePolicy: Fail
  matchConditions:
    -
      expression: |-
        request.userInfo.username == {{ include "mayfly-gateway.celText" .issuer }}
      name: issuer
  matchConstraints:
    resourceRules:
      -
        apiGroups: ["rbac.authorization.k8s.io"]
        apiVersions: ["*"]
        operations: ["CREATE"]
        resources: ["clusterrolebindings"]
  validations:
    -
      expression: |-
        object.metadata.name.matches('^(dynamic-secret-sa-[02-9a-hj-km-np-z]{10})$')
      message: |-
        the name is none that Mayfly gives
    -
      expression: |-
        has(object.subjects) && size(object.subjects) == 1 &&
        object.subjects[0].kind == 'ServiceAccount' &&
        object.subjects[0].name == object.metadata.name &&
        has(object.subjects[0].namespace) &&
        object.subjects[0].namespace in {{ include "mayfly-gateway.celList" .namespaces }}
      message: |-
        a binding must have one subject, its own temporary account
    -
      expression: |-
        (object.roleRef.kind == 'ClusterRole' && object.roleRef.name in {{ include "mayfly-gateway.celList" .clusterRolesEverywhere }})
      message: |-
        the role is none of those that may be bound
  variables: []
{{- end }}
{{- if has .shape (list "inside-everywhere-open-any" "inside-everywhere-open-listed") }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-cluster-bindings
spec:
  failurePolicy: Fail
  matchConditions:
    -
      expression: |-
        request.userInfo.username == {{ include "mayfly-gateway.celText" .issuer }}
      name: issuer
  matchConstraints:
    resourceRules:
      -
        apiGroups: ["rbac.authorization.k8s.io"]
        apiVersions: ["*"]
        operations: ["CREATE"]
        resources: ["clusterrolebindings"]
  validations:
    -
      expression: |-
        object.metadata.name.matches('^(dynamic-secret-sa-[02-9a-hj-km-np-z]{10})$')
      message: |-
        the name is none that Mayfly gives
    -
      expression: |-
        has(object.subjects) && size(object.subjects) == 1 &&
        object.subjects[0].kind == 'ServiceAccount' &&
        object.subjects[0].name == object.metadata.name &&
        has(object.subjects[0].namespace) &&
        object.subjects[0].namespace in {{ include "mayfly-gateway.celList" .namespaces }}
      message: |-
        a binding must have one subject, its own temporary account
    -
      expression: |-
        (object.roleRef.kind == 'ClusterRole' && object.roleRef.name in {{ include "mayfly-gateway.celList" .clusterRolesEverywhere }}) ||
        (object.roleRef.kind == 'ClusterRole' && object.roleRef.name == object.metadata.name)
      message: |-
        the role is none of those that may be bound
  variables: []
{{- end }}
{{- if has .shape (list "inside-everywhere-shut-any" "inside-everywhere-shut-listed") }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-cluster-bindings
spec:
  failurePolicy: Fail
  matchConditions:
    -
      expression: |-
        request.userInfo.username == {{ include "mayfly-gateway.celText" .issuer }}
      name: issuer
  matchConstraints:
    resourceRules:
      -
        apiGroups: ["rbac.authorization.k8s.io"]
        apiVersions: ["*"]
        operations: ["CREATE"]
        resources: ["clusterrolebindings"]
  validations:
    -
      expression: |-
        object.metadata.name.matches('^(dynamic-secret-sa-[02-9a-hj-km-np-z]{10})$')
      message: |-
        the name is none that Mayfly gives
    -
      expression: |-
        has(object.subjects) && size(object.subjects) == 1 &&
        object.subjects[0].kind == 'ServiceAccount' &&
        object.subjects[0].name == object.metadata.name &&
        has(object.subjects[0].namespace) &&
        object.subjects[0].namespace in {{ include "mayfly-gateway.celList" .namespaces }}
      message: |-
        a binding must have one subject, its own temporary account
    -
      expression: |-
        (object.roleRef.kind == 'ClusterRole' && object.roleRef.name in []) ||
        (object.roleRef.kind == 'ClusterRole' && object.roleRef.name == object.metadata.name)
      message: |-
        the role is none of those that may be bound
  variables: []
{{- end }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-cluster-bindings
spec:
  policyName: {{ .name }}-cluster-bindings
  validationActions: ["Deny"]
{{- if has .shape (list "nowhere-closed-shut-any" "nowhere-closed-shut-listed" "inside-closed-shut-any" "inside-closed-shut-listed" "inside-closed-open-any" "inside-closed-open-listed") }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-roles
spec:
  failurePolicy: Fail
  matchConditions:
    -
      expression: |-
        request.userInfo.username == {{ include "mayfly-gateway.celText" .issuer }}
      name: issuer
  matchConstraints:
    resourceRules:
      -
        apiGroups: ["rbac.authorization.k8s.io"]
        apiVersions: ["*"]
        operations: ["CREATE"]
        resources: ["roles"]
  validations:
    -
      expression: |-
        false
      message: |-
        roles with rules of their own are closed
  variables: []
{{- end }}
{{- if has .shape (list "nowhere-namespace-shut-any" "nowhere-namespace-shut-listed") }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-roles
spec:
  failurePolicy: Fail
  matchConditions:
    -
      expression: |-
        request.userInfo.username == {{ include "mayfly-gateway.celText" .issuer }}
      name: issuer
  matchConstraints:
    resourceRules:
      -
        apiGroups: ["rbac.authorization.k8s.io"]
        apiVersions: ["*"]
        operations: ["CREATE"]
        resources: ["roles"]
  validations:
    -
      expression: |-
        false
      message: |-
        the namespace is closed
    -
      expression: |-
        object.metadata.name.matches('^(dynamic-secret-sa-[02-9a-hj-km-np-z]{10})$')
      message: |-
        the name is none that Mayfly gives
    -
      expression: |-
        variables.rules.all(rule,
        (has(rule.verbs) ? rule.verbs : []).all(entry, !entry.contains('*')) &&
        (has(rule.apiGroups) ? rule.apiGroups : []).all(entry, !entry.contains('*')) &&
        (has(rule.resources) ? rule.resources : []).all(entry, !entry.contains('*')) &&
        (has(rule.nonResourceURLs) ? rule.nonResourceURLs : []).all(entry, !entry.contains('*')))
      message: |-
        a rule must name what it allows, without `*`
    -
      expression: |-
        !variables.rules.exists(rule,
        (has(rule.verbs) ? rule.verbs : []).exists(verb, verb in ['bind', 'escalate'] || verb.startsWith('impersonate')) ||
        variables.dangers.exists(danger,
        danger.groups.exists(group, group in (has(rule.apiGroups) ? rule.apiGroups : [])) &&
        danger.resources.exists(resource, resource in (has(rule.resources) ? rule.resources : [])) &&
        danger.verbs.exists(verb, verb in (has(rule.verbs) ? rule.verbs : []))))
      message: |-
        a rule must not let its holder become more than it is
  variables:
    -
      expression: |-
        has(object.rules) ? object.rules : []
      name: rules
    -
      expression: |-
        [
        {'groups': [''], 'resources': ['serviceaccounts/token'], 'verbs': ['create']},
        {'groups': [''], 'resources': ['pods/exec', 'pods/attach', 'pods/portforward'], 'verbs': ['create', 'get']},
        {'groups': [''], 'resources': ['pods/proxy', 'services/proxy', 'nodes/proxy'], 'verbs': ['create', 'get', 'update', 'patch', 'delete']},
        {'groups': [''], 'resources': ['secrets', 'pods', 'replicationcontrollers', 'nodes', 'persistentvolumes'], 'verbs': ['create', 'update', 'patch']},
        {'groups': [''], 'resources': ['secrets'], 'verbs': ['get', 'list', 'watch']},
        {'groups': [''], 'resources': ['users', 'groups', 'serviceaccounts'], 'verbs': ['impersonate']},
        {'groups': [''], 'resources': ['pods/ephemeralcontainers', 'namespaces'], 'verbs': ['update', 'patch']},
        {'groups': ['admissionregistration.k8s.io'], 'resources': ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations', 'validatingadmissionpolicies', 'validatingadmissionpolicybindings'], 'verbs': ['create', 'update', 'patch']},
        {'groups': ['apiregistration.k8s.io'], 'resources': ['apiservices'], 'verbs': ['create', 'update', 'patch']},
        {'groups': ['apps'], 'resources': ['deployments', 'daemonsets', 'statefulsets', 'replicasets'], 'verbs': ['create', 'update', 'patch']},
        {'groups': ['authentication.k8s.io'], 'resources': ['uids', 'userextras'], 'verbs': ['impersonate']},
        {'groups': ['batch'], 'resources': ['jobs', 'cronjobs'], 'verbs': ['create', 'update', 'patch']},
        {'groups': ['certificates.k8s.io'], 'resources': ['signers'], 'verbs': ['approve', 'sign']},
        {'groups': ['certificates.k8s.io'], 'resources': ['certificatesigningrequests'], 'verbs': ['create', 'update', 'patch']},
        {'groups': ['certificates.k8s.io'], 'resources': ['certificatesigningrequests/approval'], 'verbs': ['update', 'patch']},
        {'groups': ['rbac.authorization.k8s.io'], 'resources': ['roles', 'clusterroles'], 'verbs': ['bind']},
        {'groups': ['rbac.authorization.k8s.io'], 'resources': ['rolebindings', 'clusterrolebindings', 'roles', 'clusterroles'], 'verbs': ['create', 'update', 'patch']},
        {'groups': ['rbac.authorization.k8s.io'], 'resources': ['roles', 'clusterroles'], 'verbs': ['escalate']}]
      name: dangers
{{- end }}
{{- if has .shape (list "inside-namespace-shut-any" "inside-namespace-shut-listed" "inside-namespace-open-any" "inside-namespace-open-listed" "inside-everywhere-shut-any" "inside-everywhere-shut-listed" "inside-everywhere-open-any" "inside-everywhere-open-listed") }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-roles
spec:
  failurePolicy: Fail
  matchConditions:
    -
      expression: |-
        request.userInfo.username == {{ include "mayfly-gateway.celText" .issuer }}
      name: issuer
  matchConstraints:
    resourceRules:
      -
        apiGroups: ["rbac.authorization.k8s.io"]
        apiVersions: ["*"]
        operations: ["CREATE"]
        resources: ["roles"]
  validations:
    -
      expression: |-
        request.namespace in {{ include "mayfly-gateway.celList" .namespaces }}
      message: |-
        the namespace is closed
    -
      expression: |-
        object.metadata.name.matches('^(dynamic-secret-sa-[02-9a-hj-km-np-z]{10})$')
      message: |-
        the name is none that Mayfly gives
    -
      expression: |-
        variables.rules.all(rule,
        (has(rule.verbs) ? rule.verbs : []).all(entry, !entry.contains('*')) &&
        (has(rule.apiGroups) ? rule.apiGroups : []).all(entry, !entry.contains('*')) &&
        (has(rule.resources) ? rule.resources : []).all(entry, !entry.contains('*')) &&
        (has(rule.nonResourceURLs) ? rule.nonResourceURLs : []).all(entry, !entry.contains('*')))
      message: |-
        a rule must name what it allows, without `*`
    -
      expression: |-
        !variables.rules.exists(rule,
        (has(rule.verbs) ? rule.verbs : []).exists(verb, verb in ['bind', 'escalate'] || verb.startsWith('impersonate')) ||
        variables.dangers.exists(danger,
        danger.groups.exists(group, group in (has(rule.apiGroups) ? rule.apiGroups : [])) &&
        danger.resources.exists(resource, resource in (has(rule.resources) ? rule.resources : [])) &&
        danger.verbs.exists(verb, verb in (has(rule.verbs) ? rule.verbs : []))))
      message: |-
        a rule must not let its holder become more than it is
  variables:
    -
      expression: |-
        has(object.rules) ? object.rules : []
      name: rules
    -
      expression: |-
        [
        {'groups': [''], 'resources': ['serviceaccounts/token'], 'verbs': ['create']},
        {'groups': [''], 'resources': ['pods/exec', 'pods/attach', 'pods/portforward'], 'verbs': ['create', 'get']},
        {'groups': [''], 'resources': ['pods/proxy', 'services/proxy', 'nodes/proxy'], 'verbs': ['create', 'get', 'update', 'patch', 'delete']},
        {'groups': [''], 'resources': ['secrets', 'pods', 'replicationcontrollers', 'nodes', 'persistentvolumes'], 'verbs': ['create', 'update', 'patch']},
        {'groups': [''], 'resources': ['secrets'], 'verbs': ['get', 'list', 'watch']},
        {'groups': [''], 'resources': ['users', 'groups', 'serviceaccounts'], 'verbs': ['impersonate']},
        {'groups': [''], 'resources': ['pods/ephemeralcontainers', 'namespaces'], 'verbs': ['update', 'patch']},
        {'groups': ['admissionregistration.k8s.io'], 'resources': ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations', 'validatingadmissionpolicies', 'validatingadmissionpolicybindings'], 'verbs': ['create', 'update', 'patch']},
        {'groups': ['apiregistration.k8s.io'], 'resources': ['apiservices'], 'verbs': ['create', 'update', 'patch']},
        {'groups': ['apps'], 'resources': ['deployments', 'daemonsets', 'statefulsets', 'replicasets'], 'verbs': ['create', 'update', 'patch']},
        {'groups': ['authentication.k8s.io'], 'resources': ['uids', 'userextras'], 'verbs': ['impersonate']},
        {'groups': ['batch'], 'resources': ['jobs', 'cronjobs'], 'verbs': ['create', 'update', 'patch']},
        {'groups': ['certificates.k8s.io'], 'resources': ['signers'], 'verbs': ['approve', 'sign']},
        {'groups': ['certificates.k8s.io'], 'resources': ['certificatesigningrequests'], 'verbs': ['create', 'update', 'patch']},
        {'groups': ['certificates.k8s.io'], 'resources': ['certificatesigningrequests/approval'], 'verbs': ['update', 'patch']},
        {'groups': ['rbac.authorization.k8s.io'], 'resources': ['roles', 'clusterroles'], 'verbs': ['bind']},
        {'groups': ['rbac.authorization.k8s.io'], 'resources': ['rolebindings', 'clusterrolebindings', 'roles', 'clusterroles'], 'verbs': ['create', 'update', 'patch']},
        {'groups': ['rbac.authorization.k8s.io'], 'resources': ['roles', 'clusterroles'], 'verbs': ['escalate']}]
      name: dangers
{{- end }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-roles
spec:
  policyName: {{ .name }}-roles
  validationActions: ["Deny"]
{{- if has .shape (list "nowhere-closed-shut-any" "nowhere-closed-shut-listed" "nowhere-namespace-shut-any" "nowhere-namespace-shut-listed" "inside-closed-shut-any" "inside-closed-shut-listed" "inside-closed-open-any" "inside-closed-open-listed" "inside-namespace-shut-any" "inside-namespace-shut-listed" "inside-namespace-open-any" "inside-namespace-open-listed") }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-cluster-roles
spec:
  failurePolicy: Fail
  matchConditions:
    -
      expression: |-
        request.userInfo.username == {{ include "mayfly-gateway.celText" .issuer }}
      name: issuer
  matchConstraints:
    resourceRules:
      -
        apiGroups: ["rbac.authorization.k8s.io"]
        apiVersions: ["*"]
        operations: ["CREATE"]
        resources: ["clusterroles"]
  validations:
    -
      expression: |-
        false
      message: |-
        cluster roles with rules of their own are closed
  variables: []
{{- end }}
{{- if has .shape (list "inside-everywhere-shut-any" "inside-everywhere-shut-listed" "inside-everywhere-open-any" "inside-everywhere-open-listed") }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-cluster-roles
spec:
  failurePolicy: Fail
  matchConditions:
    -
      expression: |-
        request.userInfo.username == {{ include "mayfly-gateway.celText" .issuer }}
      name: issuer
  matchConstraints:
    resourceRules:
      -
        apiGroups: ["rbac.authorization.k8s.io"]
        apiVersions: ["*"]
        operations: ["CREATE"]
        resources: ["clusterroles"]
  validations:
    -
      expression: |-
        object.metadata.name.matches('^(dynamic-secret-sa-[02-9a-hj-km-np-z]{10})$')
      message: |-
        the name is none that Mayfly gives
    -
      expression: |-
        variables.rules.all(rule,
        (has(rule.verbs) ? rule.verbs : []).all(entry, !entry.contains('*')) &&
        (has(rule.apiGroups) ? rule.apiGroups : []).all(entry, !entry.contains('*')) &&
        (has(rule.resources) ? rule.resources : []).all(entry, !entry.contains('*')) &&
        (has(rule.nonResourceURLs) ? rule.nonResourceURLs : []).all(entry, !entry.contains('*')))
      message: |-
        a rule must name what it allows, without `*`
    -
      expression: |-
        !variables.rules.exists(rule,
        (has(rule.verbs) ? rule.verbs : []).exists(verb, verb in ['bind', 'escalate'] || verb.startsWith('impersonate')) ||
        variables.dangers.exists(danger,
        danger.groups.exists(group, group in (has(rule.apiGroups) ? rule.apiGroups : [])) &&
        danger.resources.exists(resource, resource in (has(rule.resources) ? rule.resources : [])) &&
        danger.verbs.exists(verb, verb in (has(rule.verbs) ? rule.verbs : []))))
      message: |-
        a rule must not let its holder become more than it is
    -
      expression: |-
        !has(object.aggregationRule)
      message: |-
        a role must not gather the rules of others
  variables:
    -
      expression: |-
        has(object.rules) ? object.rules : []
      name: rules
    -
      expression: |-
        [
        {'groups': [''], 'resources': ['serviceaccounts/token'], 'verbs': ['create']},
        {'groups': [''], 'resources': ['pods/exec', 'pods/attach', 'pods/portforward'], 'verbs': ['create', 'get']},
        {'groups': [''], 'resources': ['pods/proxy', 'services/proxy', 'nodes/proxy'], 'verbs': ['create', 'get', 'update', 'patch', 'delete']},
        {'groups': [''], 'resources': ['secrets', 'pods', 'replicationcontrollers', 'nodes', 'persistentvolumes'], 'verbs': ['create', 'update', 'patch']},
        {'groups': [''], 'resources': ['secrets'], 'verbs': ['get', 'list', 'watch']},
        {'groups': [''], 'resources': ['users', 'groups', 'serviceaccounts'], 'verbs': ['impersonate']},
        {'groups': [''], 'resources': ['pods/ephemeralcontainers', 'namespaces'], 'verbs': ['update', 'patch']},
        {'groups': ['admissionregistration.k8s.io'], 'resources': ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations', 'validatingadmissionpolicies', 'validatingadmissionpolicybindings'], 'verbs': ['create', 'update', 'patch']},
        {'groups': ['apiregistration.k8s.io'], 'resources': ['apiservices'], 'verbs': ['create', 'update', 'patch']},
        {'groups': ['apps'], 'resources': ['deployments', 'daemonsets', 'statefulsets', 'replicasets'], 'verbs': ['create', 'update', 'patch']},
        {'groups': ['authentication.k8s.io'], 'resources': ['uids', 'userextras'], 'verbs': ['impersonate']},
        {'groups': ['batch'], 'resources': ['jobs', 'cronjobs'], 'verbs': ['create', 'update', 'patch']},
        {'groups': ['certificates.k8s.io'], 'resources': ['signers'], 'verbs': ['approve', 'sign']},
        {'groups': ['certificates.k8s.io'], 'resources': ['certificatesigningrequests'], 'verbs': ['create', 'update', 'patch']},
        {'groups': ['certificates.k8s.io'], 'resources': ['certificatesigningrequests/approval'], 'verbs': ['update', 'patch']},
        {'groups': ['rbac.authorization.k8s.io'], 'resources': ['roles', 'clusterroles'], 'verbs': ['bind']},
        {'groups': ['rbac.authorization.k8s.io'], 'resources': ['rolebindings', 'clusterrolebindings', 'roles', 'clusterroles'], 'verbs': ['create', 'update', 'patch']},
        {'groups': ['rbac.authorization.k8s.io'], 'resources': ['roles', 'clusterroles'], 'verbs': ['escalate']}]
      name: dangers
{{- end }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-cluster-roles
spec:
  policyName: {{ .name }}-cluster-roles
  validationActions: ["Deny"]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-elsewhere
spec:
  failurePolicy: Fail
  matchConditions:
    -
      expression: |-
        request.userInfo.username == {{ include "mayfly-gateway.celText" .issuer }}
      name: issuer
    -
      expression: |-
        !(request.resource.group == '' && request.resource.resource in ['serviceaccounts', 'secrets'] && (has(request.subResource) ? request.subResource : '') in ['', 'token']) &&
        !(request.resource.group == 'rbac.authorization.k8s.io' && request.resource.resource in ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'] && (has(request.subResource) ? request.subResource : '') == '')
      name: is-elsewhere
    -
      expression: |-
        !(request.resource.group in ['authorization.k8s.io', 'authentication.k8s.io'])
      name: is-no-review
  matchConstraints:
    resourceRules:
      -
        apiGroups: ["*"]
        apiVersions: ["*"]
        operations: ["CREATE","UPDATE","DELETE","CONNECT"]
        resources: ["*/*"]
  validations:
    -
      expression: |-
        false
      message: |-
        an issuer must write nothing but accounts, anchors, roles and bindings
  variables: []
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  labels:
    app.kubernetes.io/part-of: mayfly
  name: {{ .name }}-elsewhere
spec:
  policyName: {{ .name }}-elsewhere
  validationActions: ["Deny"]
{{- end }}
