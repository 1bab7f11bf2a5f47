{{- define "stan.name" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" }}{{ end -}}
{{- end }}

{{- define "stan.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "stan.labels" -}}
{{ include "stan.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "stan.image" -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end }}

{{- define "stan.serviceAccount" -}}
{{ if .Values.serviceAccount.create }}{{ default (include "stan.name" .) .Values.serviceAccount.name }}{{ else }}{{ default "default" .Values.serviceAccount.name }}{{ end }}
{{- end }}

{{/* A memory limit as MiB. */}}
{{- define "stan.mebibytes" -}}
{{- if hasSuffix "Gi" . }}{{ mul (trimSuffix "Gi" .) 1024 }}{{ else }}{{ trimSuffix "Mi" . }}{{ end -}}
{{- end }}

{{- define "stan.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "stan.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- define "stan.commonMounts" -}}
- { name: config, mountPath: /etc/stan-lifecycle/config.yaml, subPath: config.yaml, readOnly: true }
- { name: tmp, mountPath: /tmp }
{{- if .Values.kafkaSecret }}
- { name: kafka-secret, mountPath: /etc/stan-lifecycle/secrets, readOnly: true }
{{- end }}
{{- end }}

{{- define "stan.commonVolumes" -}}
- name: config
  configMap: { name: {{ include "stan.name" . }} }
- name: tmp
  emptyDir: { sizeLimit: 64Mi }
{{- if .Values.kafkaSecret }}
- name: kafka-secret
  secret: { secretName: {{ .Values.kafkaSecret }}, defaultMode: 0440 }
{{- end }}
{{- end }}

{{/* A stateful set of one role. Takes root, role, values, replicas. */}}
{{- define "stan.statefulSet" -}}
{{- $root := .root -}}
{{- $name := printf "%s-%s" (include "stan.name" $root) .role -}}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ $name }}
  labels:
    {{- include "stan.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .role }}
spec:
  serviceName: {{ $name }}
  replicas: {{ .replicas }}
  # Each has its own part of the work: nobody waits for another to begin.
  podManagementPolicy: Parallel
  updateStrategy: { type: RollingUpdate }
  selector:
    matchLabels:
      {{- include "stan.selector" $root | nindent 6 }}
      app.kubernetes.io/component: {{ .role }}
  template:
    metadata:
      labels:
        {{- include "stan.labels" $root | nindent 8 }}
        app.kubernetes.io/component: {{ .role }}
      annotations:
        checksum/config: {{ include (print $root.Template.BasePath "/configmap.yaml") $root | sha256sum }}
        {{- with $root.Values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ include "stan.serviceAccount" $root }}
      automountServiceAccountToken: false
      # Variables of services would begin with STAN_, as only settings do.
      enableServiceLinks: false
      {{- with $root.Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      terminationGracePeriodSeconds: {{ .values.terminationGracePeriodSeconds }}
      securityContext:
        {{- include "stan.podSecurity" $root | nindent 8 }}
      {{- with .values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "stan.selector" $root | nindent 14 }}
              app.kubernetes.io/component: {{ .role }}
      containers:
        - name: {{ .role }}
          image: {{ include "stan.image" $root }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          args: [run, --role, {{ .role }}, --config, /etc/stan-lifecycle/config.yaml, --data-dir, /data/{{ .role }}]
          env:
            - { name: STAN_METRICS_HOST, value: 0.0.0.0 }
            - { name: STAN_METRICS_PORT, value: {{ $root.Values.metrics.port | quote }} }
            - name: STAN_MEMORY_MAX_MI_B
              value: {{ mulf $root.Values.memoryShare (include "stan.mebibytes" .values.resources.limits.memory) | floor | int | quote }}
            {{- if eq .role "api" }}
            - { name: STAN_API_HOST, value: 0.0.0.0 }
            - { name: STAN_API_PORT, value: '8080' }
            - { name: STAN_API_READ_TOKENS_FILE, value: /etc/stan-lifecycle/tokens/read }
            - { name: STAN_API_WRITE_TOKENS_FILE, value: /etc/stan-lifecycle/tokens/write }
            - { name: STAN_API_ADMIN_TOKENS_FILE, value: /etc/stan-lifecycle/tokens/admin }
            {{- end }}
          ports:
            - { name: metrics, containerPort: {{ $root.Values.metrics.port }} }
            {{- if eq .role "api" }}
            - { name: http, containerPort: 8080 }
            {{- end }}
          # A restore or a rebuild of the view takes its time: the process lives, and is not ready.
          startupProbe:
            httpGet: { path: /livez, port: metrics }
            periodSeconds: 5
            failureThreshold: 60
          livenessProbe:
            httpGet: { path: /livez, port: metrics }
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          readinessProbe:
            httpGet: { path: /readyz, port: {{ eq .role "api" | ternary "http" "metrics" }} }
            periodSeconds: 5
            timeoutSeconds: 5
          {{- if eq .role "api" }}
          lifecycle:
            # Until the service has taken the pod out, requests still come.
            preStop: { exec: { command: [node, -e, 'setTimeout(() => {}, 5000)'] } }
          {{- end }}
          resources:
            {{- toYaml .values.resources | nindent 12 }}
          securityContext:
            {{- include "stan.containerSecurity" $root | nindent 12 }}
          volumeMounts:
            {{- include "stan.commonMounts" $root | nindent 12 }}
            - { name: data, mountPath: /data }
            {{- if eq .role "api" }}
            - { name: tokens, mountPath: /etc/stan-lifecycle/tokens, readOnly: true }
            {{- end }}
      volumes:
        {{- include "stan.commonVolumes" $root | nindent 8 }}
        {{- if eq .role "api" }}
        - name: tokens
          secret: { secretName: {{ .values.tokensSecret }}, defaultMode: 0440 }
        {{- end }}
  volumeClaimTemplates:
    - metadata:
        name: data
      spec:
        accessModes: [ReadWriteOnce]
        {{- with .values.persistence.storageClass }}
        storageClassName: {{ . }}
        {{- end }}
        resources:
          requests: { storage: {{ .values.persistence.size }} }
{{- end }}
