package org.sbertspark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.testing.SparkTestSession;

class OutputWriterTest {
  @Test
  void outputThatAnotherRunMadeMeanwhileIsLeftAlone(@TempDir Path folder) throws IOException {
    SparkSession spark = SparkTestSession.get();
    OutputOptions options = new OutputOptions();
    options.path = folder.resolve("out").toString();
    options.mode = WriteMode.ERROR;
    options.format = OutputFormat.JSON;

    Path other = folder.resolve("out").resolve("rows");
    try (OutputWriter writer =
        OutputWriter.prepare(options, List.of(), spark.sparkContext().hadoopConfiguration())) {
      Files.createDirectory(other.getParent());
      Files.writeString(other, "1");
      assertThatThrownBy(() -> writer.write(spark.range(2).toDF()))
          .isInstanceOf(JobException.class)
          .hasMessageContaining("made while this run was at work");
    }
    assertThat(other).exists();
  }
}
