package org.sbertspark.job.demo;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packagesOf = DemoModel.class, importOptions = DoNotIncludeTests.class)
class TopicsAreOnlyForJudgingTest {

  @ArchTest
  static final ArchRule nothingThatMakesVectorsReadsTopics =
      noClasses().should().callMethod(SampleCorpus.class, "topics");

  @ArchTest
  static final ArchRule nothingThatMakesVectorsReadsTheFileItself =
      noClasses()
          .that()
          .areNotAssignableTo(SampleCorpus.class)
          .should()
          .callMethod(Class.class, "getResourceAsStream", String.class);
}
