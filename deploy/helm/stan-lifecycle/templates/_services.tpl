{{/* Names of the pods, and where Prometheus finds them. Takes root, role. */}}
{{- define "stan.headless" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "stan.name" .root }}-{{ .role }}
  labels:
    {{- include "stan.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .role }}
    stan-lifecycle/metrics: 'true'
spec:
  clusterIP: None
  # A pod that is not ready is looked at all the more.
  publishNotReadyAddresses: true
  selector:
    {{- include "stan.selector" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .role }}
  ports:
    - { name: metrics, port: {{ .root.Values.metrics.port }}, targetPort: metrics }
{{- end }}

{{/* Takes root, role, values. */}}
{{- define "stan.disruptionBudget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "stan.name" .root }}-{{ .role }}
  labels:
    {{- include "stan.labels" .root | nindent 4 }}
spec:
  maxUnavailable: {{ .values.podDisruptionBudget.maxUnavailable }}
  selector:
    matchLabels:
      {{- include "stan.selector" .root | nindent 6 }}
      app.kubernetes.io/component: {{ .role }}
{{- end }}
