package org.sbertspark.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The README's commands and programs run as they stand. Blocks marked {@code sh} run one after the
 * other in the project's folder; those marked {@code console} need a cluster and are only shown.
 */
class ReadmeIT {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w+)\\n(.*?)^```$");

  @TempDir Path temporary;

  private static List<String> blocks(String language) throws IOException {
    List<String> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(Files.readString(Project.root().resolve("README.md")));
    while (matcher.find()) {
      if (matcher.group(1).equals(language)) {
        blocks.add(matcher.group(2));
      }
    }
    return blocks;
  }

  /** In order, the programs last: later ones use what earlier ones wrote. */
  @TestFactory
  Stream<DynamicTest> commandsThenPrograms() throws IOException {
    deleteOutputs();
    List<String> blocks = blocks("sh");
    assertThat(blocks).hasSizeGreaterThan(3);
    Stream<DynamicTest> commands =
        blocks.stream()
            .map(
                block ->
                    DynamicTest.dynamicTest(
                        block.lines().findFirst().orElseThrow(), () -> commandRuns(block)));
    Stream<DynamicTest> programs =
        Stream.of(
            DynamicTest.dynamicTest("Java program", this::javaProgramRuns),
            DynamicTest.dynamicTest("Scala program", this::scalaProgramRuns));
    return Stream.concat(commands, programs);
  }

  private static void commandRuns(String block) {
    Run run = new Run.Command("bash", "-euo", "pipefail", "-c", block).succeed();
    if (block.contains("submit-scripts/quickstart")) {
      assertThat(vMeasure(run.out())).isGreaterThan(0.5);
    }
  }

  private static double vMeasure(String out) {
    Matcher line = Pattern.compile("(?m)^V-measure: ([0-9.]+)$").matcher(out);
    assertThat(line.find()).as("a line with the V-measure").isTrue();
    return Double.parseDouble(line.group(1));
  }

  /** What the commands of an earlier run wrote: they refuse to write over it. */
  private static void deleteOutputs() throws IOException {
    Path outputs = Project.root().resolve("target/readme");
    if (Files.exists(outputs)) {
      try (Stream<Path> files = Files.walk(outputs)) {
        for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    Files.createDirectories(outputs);
  }

  private void javaProgramRuns() throws IOException {
    Path classes = Files.createDirectory(temporary.resolve("java"));
    Path source = Files.writeString(classes.resolve("Example.java"), onlyBlock("java"));
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-d", classes.toString(), "-cp", classPath(), source.toString());
    assertThat(status).isZero();
    assertThat(runExample(classes).out()).contains("768");
  }

  private void scalaProgramRuns() throws IOException {
    Path classes = Files.createDirectory(temporary.resolve("scala"));
    Path source = Files.writeString(classes.resolve("Example.scala"), onlyBlock("scala"));
    new Run.Command(Project.java(), Run.FAST_START, "-cp", classPath(), "scala.tools.nsc.Main")
        .add("-d", classes.toString(), "-cp", classPath(), source.toString())
        .succeed();
    assertThat(runExample(classes).out()).contains("768");
  }

  private static String onlyBlock(String language) throws IOException {
    List<String> programs = blocks(language);
    assertThat(programs).hasSize(1);
    return programs.get(0);
  }

  private static Run runExample(Path classes) {
    Run.Command command = new Run.Command(Project.java(), Run.FAST_START);
    Project.javaOptions().forEach(command::add);
    return command.add("-cp", classes + ":" + classPath(), "Example").succeed();
  }

  /** The library, unshaded, with all that Maven gives it. */
  private static String classPath() {
    return System.getProperty("java.class.path");
  }
}
