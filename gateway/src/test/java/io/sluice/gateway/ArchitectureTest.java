package io.sluice.gateway;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Which rooms of the house know which others. */
final class ArchitectureTest {

    private static final String GATEWAY = "io.sluice.gateway..";
    private static final String PROTOCOL = "io.sluice.protocol..";
    private static final String BRIDGE = "io.sluice.bridge..";
    private static final String CONFIG = "io.sluice.gateway.config..";
    private static final String METRICS = "io.sluice.gateway.metrics..";
    private static final String DEV = "io.sluice.gateway.dev..";

    private static JavaClasses classes;

    @BeforeAll
    static void read() {
        classes = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .withImportOption(location -> !location.contains("-tests.jar"))
                .importPackages("io.sluice");
    }

    @Test
    void noRoomOfTheGatewayKnowsOneThatKnowsIt() {
        slices().matching("io.sluice.gateway.(*)..").should().beFreeOfCycles().check(classes);
    }

    @Test
    void noRoomKnowsWhatJoinsThem() {
        noClasses()
                .that()
                .resideInAPackage("io.sluice.gateway.*..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.sluice.gateway")
                .check(classes);
    }

    @Test
    void protocolAndBridgeMeetOnlyInTheGateway() {
        noClasses()
                .that()
                .resideInAPackage(PROTOCOL)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(BRIDGE, GATEWAY, "com.rabbitmq..")
                .check(classes);
        noClasses()
                .that()
                .resideInAPackage(BRIDGE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(PROTOCOL, GATEWAY, "io.netty..")
                .check(classes);
    }

    @Test
    void configAndMetricsKnowNoOtherRoom() {
        noClasses()
                .that()
                .resideInAPackage(CONFIG)
                .should()
                .dependOnClassesThat(otherRoomsThan(CONFIG))
                .check(classes);
        noClasses()
                .that()
                .resideInAPackage(METRICS)
                .should()
                .dependOnClassesThat(otherRoomsThan(METRICS))
                .check(classes);
    }

    @Test
    void theFanOutKnowsNeitherSessionsNorTheServer() {
        noClasses()
                .that()
                .resideInAPackage("io.sluice.gateway.fanout..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.sluice.gateway.session..", "io.sluice.gateway.server..")
                .check(classes);
    }

    @Test
    void onlyTheDevCommandKnowsWhatIsForDevelopment() {
        noClasses()
                .that()
                .resideOutsideOfPackage(DEV)
                .and()
                .doNotHaveFullyQualifiedName(DevCommand.class.getName())
                .should()
                .dependOnClassesThat()
                .resideInAPackage(DEV)
                .check(classes);
    }

    @Test
    void theGatewaySpeaksAmqpOnlyThroughTheBridge() {
        noClasses()
                .that()
                .resideInAPackage(GATEWAY)
                .and()
                .resideOutsideOfPackage(DEV)
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.rabbitmq..")
                .check(classes);
    }

    @Test
    void onlyAdmissionKnowsTheTokenLibrary() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.sluice.gateway.admission..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.nimbusds..")
                .check(classes);
    }

    @Test
    void onlyTracingKnowsTheTracingLibrary() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.sluice.gateway.tracing..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.opentelemetry..")
                .check(classes);
    }

    private static DescribedPredicate<JavaClass> otherRoomsThan(String room) {
        return resideInAPackage(GATEWAY).and(resideOutsideOfPackage(room)).as("are of another room than " + room);
    }
}
