package org.sbertspark.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where the build has put what is tested. */
final class Project {
  private Project() {}

  static Path root() {
    String root = System.getProperty("sbertspark.root");
    return Path.of(root == null ? ".." : root).toAbsolutePath().normalize();
  }

  /** The one jar for spark-submit. */
  static Path jar() {
    return root()
        .resolve("job/target/sbert-spark-job-" + System.getProperty("sbertspark.version") + ".jar");
  }

  /**
   * Jars of this module's and of the library's test classes, for applications of the tests' own.
   */
  static List<Path> testJars() {
    String version = System.getProperty("sbertspark.version");
    return List.of(
        root()
            .resolve(
                "integration-tests/target/sbert-spark-integration-tests-" + version + "-tests.jar"),
        root().resolve("udf/target/sbert-spark-udf-" + version + "-tests.jar"));
  }

  /** The Spark that the launchers use where SPARK_HOME is not set. */
  static Path sparkHome() {
    return root().resolve("submit-scripts/target/spark");
  }

  static Path launcher() {
    return root().resolve("submit-scripts/sbert-spark");
  }

  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /**
   * A model cache for all tests of this module, so that natives are unpacked once. Tests that need
   * a fresh one make their own.
   */
  static Path cache() {
    try {
      return Files.createDirectories(root().resolve("integration-tests/target/model-cache"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Module opens that Spark needs on Java 17; from the parent pom. */
  static List<String> javaOptions() {
    return List.of(System.getProperty("sbertspark.java.options").strip().split("\\s+", -1));
  }
}
