MVN ?= mvn
MAVEN_FLAGS ?= -B -ntp
PORT ?=
MILLIS ?=
DURATION ?=
ARGS ?=
MODULE ?=
SEEDS ?=
MINUTES ?=
RABBITMQ ?=
NEWEST_JAVA ?= $(shell scripts/newest-java)
comma = ,
SLUICE = gateway/target/sluice/bin/sluice

.DEFAULT_GOAL := help
.PHONY: help dev build test test-25 chaos storm rolling attack format bench bench-codec fuzz mutation echo clean test-tools compose check-static check-deploy

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

dev: build ## build, then run the gateway with an embedded broker and a demo page (PORT=8080, RABBITMQ=1 for a private RabbitMQ)
	$(SLUICE) dev --port $(or $(PORT),8080) $(if $(RABBITMQ),--rabbitmq)

build: ## build the distribution in gateway/target/sluice
	rm -rf gateway/target/sluice/lib
	$(MVN) $(MAVEN_FLAGS) -q -DskipTests -pl gateway -am package

test: test-tools check-static ## install what the tests need, check the deployment and the format, build and test everything; the codec on the newest Java, too
	$(MVN) $(MAVEN_FLAGS) verify
	@if [ -n "$(NEWEST_JAVA)" ]; then $(MAKE) --no-print-directory test-25 MODULE=protocol; \
	else echo "No Java 25 here: the tests ran on this one alone."; fi

test-25: test-tools ## run the same tests, of the same classes, on Java 25 (MODULE=protocol for a part of them)
	@[ -n "$(NEWEST_JAVA)" ] || { echo "There is no Java 25 here: install one, or name its java in NEWEST_JAVA."; exit 1; }
	$(MVN) $(MAVEN_FLAGS) test $(if $(MODULE),-pl $(MODULE) -am) -Djvm=$(NEWEST_JAVA) -Dtest.jvm.natives=--enable-native-access=ALL-UNNAMED

test-tools: ## install what the tests need and the machine lacks: RabbitMQ and Chromium
	scripts/install-test-tools

chaos: test-tools ## faults under load, and the books compared: a run for each of SEEDS=1,2,3, MINUTES=3 of faults in each
	$(MVN) $(MAVEN_FLAGS) -pl gateway -am test -Dsurefire.failIfNoSpecifiedTests=false \
		-Dtest=ChaosTest,ClusterTest -Dchaos.seeds=$(or $(SEEDS),1$(comma)2$(comma)3) -Dchaos.minutes=$(or $(MINUTES),3)

storm: test-tools ## 1,000 sessions come back at once, from positions all over 100,000 messages: prints how long it took (TOPICS=1000)
	$(MVN) $(MAVEN_FLAGS) -pl gateway -am test -Dsurefire.failIfNoSpecifiedTests=false -Dtest=ResumeStormTest \
		-Dstorm.sessions=1000 -Dstorm.messages=100000 -Dstorm.topics=$(or $(TOPICS),1000) -Dtest.leaks=disabled

rolling: test-tools ## two nodes behind HAProxy are replaced under 2,000 sessions and 500 publishes/s, and the books compared (needs haproxy)
	$(MVN) $(MAVEN_FLAGS) -pl gateway -am test -Dsurefire.failIfNoSpecifiedTests=false -Dtest=RollingRestartTest

attack: test-tools ## every attack at once beside a thousand normal sessions; prints what these noticed (needs ulimit -n 16000)
	$(MVN) $(MAVEN_FLAGS) -pl gateway -am test -Dsurefire.failIfNoSpecifiedTests=false -Dtest=AttackTest -Dtest.leaks=disabled

format: ## format the code
	$(MVN) $(MAVEN_FLAGS) -q spotless:apply

bench: ## measure Sluice beside its peers, into docs/benchmarks.md (ARGS=--all, --quick, --idle …; ARGS=--help lists them)
	bench/run $(ARGS)

bench-codec: ## measure the WebSocket codec beside Netty's and the JDK's (MILLIS=1000 for each cell)
	bench/codec $(MILLIS)

fuzz: ## fuzz what clients send, each target for a while (DURATION=60s)
	protocol/fuzz $(or $(DURATION),60s)

mutation: ## break the code in each place it can be, and see that a test notices (MODULE=protocol or gateway)
	$(MVN) $(MAVEN_FLAGS) -q -P mutation,mutation-$(or $(MODULE),protocol) -pl $(or $(MODULE),protocol) -am process-test-classes

echo: build ## run a plain RFC 6455 echo server for conformance suites (PORT=9001)
	java -cp 'gateway/target/sluice/lib/*' io.sluice.protocol.websocket.netty.EchoServer $(or $(PORT),9001)

clean: ## remove what was built
	$(MVN) $(MAVEN_FLAGS) -q clean

compose: ## run RabbitMQ, the gateway, a sample publisher, Prometheus and Grafana in Docker
	scripts/compose-secrets
	docker compose up -d --build

check-static: ## check Dockerfile, scripts, Kubernetes objects, alerts and dashboards: seconds, with nothing built
	scripts/check-static

check-deploy: build ## the same, and images, Compose, features, rights and proxies in action, without an engine or a cluster
	scripts/check-deploy
