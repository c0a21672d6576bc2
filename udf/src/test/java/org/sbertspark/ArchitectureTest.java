package org.sbertspark;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** ml → inference → torchscript → model; ml → similarity. The engine shows in inference alone. */
@AnalyzeClasses(packages = "org.sbertspark", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String ENGINE = "ai.djl..";
  private static final String SPARK = "org.apache.spark..";
  private static final String HADOOP = "org.apache.hadoop..";

  @ArchTest
  static final ArchRule modelKnowsNobody =
      noClasses()
          .that()
          .resideInAPackage("..sbertspark.model..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              ENGINE,
              SPARK,
              HADOOP,
              "..sbertspark.torchscript..",
              "..sbertspark.inference..",
              "..sbertspark.similarity..",
              "..sbertspark.ml..");

  @ArchTest
  static final ArchRule torchscriptKnowsTheModelOnly =
      noClasses()
          .that()
          .resideInAPackage("..sbertspark.torchscript..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              ENGINE,
              SPARK,
              HADOOP,
              "..sbertspark.inference..",
              "..sbertspark.similarity..",
              "..sbertspark.ml..");

  @ArchTest
  static final ArchRule theEngineRoomKnowsNoSpark =
      noClasses()
          .that()
          .resideInAnyPackage(
              "..sbertspark.inference..",
              "..sbertspark.similarity..",
              "..sbertspark.evaluation..",
              "..sbertspark.training..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(SPARK, HADOOP, "..sbertspark.ml..");

  @ArchTest
  static final ArchRule sparkKnowsNoEngine =
      noClasses()
          .that()
          .resideInAPackage("..sbertspark.ml..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(ENGINE, "..sbertspark.torchscript..");
}
