package org.sbertspark.job;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.testing.OtherJvm;
import org.sbertspark.testing.TestCache;

/** Tokens and passwords stay where they were given. */
@ExtendWith(TestCache.class)
class SecretsTest {
  @TempDir private Path folder;

  @BeforeEach
  void texts() throws IOException {
    Files.writeString(folder.resolve("texts.jsonl"), "{\"text\": \"a\"}\n{\"text\": \"b\"}\n");
  }

  /** Manifest, checkpoint, hub cache, event log, and all that is said, with much logging. */
  @Test
  void noFileAndNoLineHasThem() throws IOException, InterruptedException {
    Path events = Files.createDirectory(folder.resolve("events"));
    Path logging =
        Files.writeString(
            folder.resolve("log4j2.properties"),
            """
            rootLogger.level = info
            rootLogger.appenderRef.console.ref = console
            appender.console.type = Console
            appender.console.name = console
            appender.console.layout.type = PatternLayout
            appender.console.layout.pattern = %p %c{1}: %m%n%ex
            logger.ours.name = org.sbertspark
            logger.ours.level = trace
            """);
    String said =
        OtherJvm.run(
            SecretsMain.class,
            List.of(
                "-Dlog4j2.configurationFile=" + logging.toUri(),
                "-Dspark.master=local[1]",
                "-Dspark.ui.enabled=false",
                "-Dspark.driver.bindAddress=127.0.0.1",
                "-Dspark.eventLog.enabled=true",
                "-Dspark.eventLog.dir=" + events.toUri()),
            folder.toString());
    assertThat(said)
        .contains("token arrived: true", "hf ended with 0", "INFO EmbedCommand: Embedded {")
        .contains("hf401 ended with 1", "hf403 ended with 1", "hf404 ended with 1")
        .doesNotContain("hf ended with 1")
        .doesNotContain(SecretsMain.TOKEN)
        .doesNotContain(SecretsMain.PASSWORD);
    assertThat(events).isNotEmptyDirectory();
    assertThat(folder.resolve("checkpoint")).isNotEmptyDirectory();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file, ISO_8859_1).indexOf(SecretsMain.TOKEN))
            .as("%s", file)
            .isEqualTo(-1);
        assertThat(Files.readString(file, ISO_8859_1).indexOf(SecretsMain.PASSWORD))
            .as("%s", file)
            .isEqualTo(-1);
      }
    }
    assertThat(new Output(folder.resolve("out")).run().get("options").toString())
        .contains("fs.s3a.secret.key=*********(redacted)", "nullValue=secret");
  }

  @Test
  void aSecretMayChangeBetweenTheRunsOfACheckpoint() {
    String checkpoint = folder.resolve("checkpoint").toString();
    Path input = folder.resolve("texts.jsonl");
    Path output = folder.resolve("out");
    for (String option : List.of("fs.s3a.secret.key=old", "fs.s3a.secret.key=new")) {
      CommandRun.embed(input, output, "--checkpoint", checkpoint, "--read-option", option)
          .succeeds();
    }
    assertThat(
            CommandRun.embed(
                    input, output, "--checkpoint", checkpoint, "--read-option", "mode=FAILFAST")
                .failsInOneLine())
        .contains("--read-option was \"{fs.s3a.secret.key=*********(redacted)}\"");
  }

  @Test
  void namesDecideAsSparkSaysTheyDo() {
    assertThat(Secrets.hidden(Map.of("Password", "a", "url", "b", "sep", "password")))
        .containsEntry("Password", "*********(redacted)")
        .containsEntry("url", "*********(redacted)")
        .containsEntry("sep", "password");
  }
}
