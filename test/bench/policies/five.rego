# Five decisions of ours, for conftest: what a small set costs there.
package main

import rego.v1

pods contains input.spec.template.spec if input.kind in {"Deployment", "StatefulSet", "DaemonSet", "Rollout", "Job"}

pods contains input.spec.jobTemplate.spec.template.spec if input.kind == "CronJob"

containers contains container if {
	some pod in pods
	some container in pod.containers
}

deny contains "privileged" if {
	some c in containers
	c.securityContext.privileged == true
}

deny contains "escalation" if {
	some c in containers
	not c.securityContext.allowPrivilegeEscalation == false
}

deny contains "digest" if {
	some c in containers
	not regex.match(`@sha256:[0-9a-f]{64}$`, c.image)
}

deny contains "resources" if {
	some c in containers
	not c.resources.limits.memory
}

deny contains "read-only root" if {
	some c in containers
	not c.securityContext.readOnlyRootFilesystem == true
}
