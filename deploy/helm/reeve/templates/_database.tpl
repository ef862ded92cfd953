{{/* Where the server finds its database. */}}
{{- define "reeve.databaseEnv" -}}
{{- if eq .Values.database.kind "postgres" -}}
- {name: REEVE_DATABASE_HOST, value: {{ include "reeve.name" . }}-postgres}
- {name: REEVE_DATABASE_NAME, value: reeve}
- {name: REEVE_DATABASE_USER, value: reeve}
- name: REEVE_DATABASE_PASSWORD
  valueFrom:
    secretKeyRef: {name: {{ include "reeve.databaseSecret" . }}, key: database-password}
{{- else if eq .Values.database.kind "external" -}}
- name: REEVE_DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ required "database.external.existingSecret: name the Secret with the database's address" .Values.database.external.existingSecret }}
      key: database-url
{{- else -}}
- {name: REEVE_DATABASE_URL, value: "sqlite:////var/lib/reeve/reeve.db"}
{{- end }}
{{- end }}
