{{/* The prefix of all names: the release's, unless it says `reeve` itself. */}}
{{- define "reeve.name" -}}
{{- if contains "reeve" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-reeve" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end -}}
{{- end }}

{{/* What selects the pods of a part: a list of the chart's context and the part. */}}
{{- define "reeve.selector" -}}
{{- $top := index . 0 -}}
app.kubernetes.io/name: reeve
app.kubernetes.io/instance: {{ $top.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "reeve.labels" -}}
{{- $top := index . 0 -}}
{{ include "reeve.selector" . }}
app.kubernetes.io/version: {{ $top.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $top.Release.Service }}
helm.sh/chart: {{ $top.Chart.Name }}-{{ $top.Chart.Version }}
{{- end }}

{{- define "reeve.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "reeve.authSecret" -}}
{{ .Values.auth.existingSecret | default (include "reeve.name" .) }}
{{- end }}

{{- define "reeve.databaseSecret" -}}
{{ .Values.database.postgres.existingSecret | default (include "reeve.name" .) }}
{{- end }}

{{/* A worker's name: a list of the chart's context and the worker. */}}
{{- define "reeve.workerName" -}}
{{- $worker := index . 1 -}}
{{ include "reeve.name" (index . 0) }}-worker-{{ $worker.name | default $worker.pool | lower | replace " " "-" | replace "_" "-" | trunc 20 | trimSuffix "-" }}
{{- end }}

{{/* The restricted Pod Security Standard, for a container. */}}
{{- define "reeve.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* The same for a pod that runs as the user. */}}
{{- define "reeve.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{/* Where pods may run, and whence images come: a list of the chart's context and the part's values. */}}
{{- define "reeve.placement" -}}
{{- $part := index . 1 -}}
{{- with (index . 0).Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
- name: {{ . }}
{{- end }}
{{- end }}
{{- with $part.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $part.tolerations }}
tolerations: {{- toYaml . | nindent 0 }}
{{- end }}
{{- with $part.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* A value of the chart's Secret: the given one, that of an earlier installation, or a new one. A list of
     the chart's context, the key, the given value, and what stands before a new one. */}}
{{- define "reeve.kept" -}}
{{- $top := index . 0 -}}
{{- $old := (lookup "v1" "Secret" $top.Release.Namespace (include "reeve.name" $top)).data | default dict -}}
{{- if index . 2 -}}
{{ index . 2 | b64enc }}
{{- else if hasKey $old (index . 1) -}}
{{ index $old (index . 1) }}
{{- else -}}
{{ printf "%s%s" (index . 3) (randAlphaNum 32) | b64enc }}
{{- end -}}
{{- end }}
