package org.sbertspark.ml;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sbertspark.testing.SparkTestSession;

class ShippedFolderTest {
  private final SparkContext spark = SparkTestSession.get().sparkContext();

  @TempDir private Path folder;
  @TempDir private Path work;

  @Test
  void whereAllIsOneProcessTheDriversFolderIsUsed() throws IOException {
    assertThat(ShippedFolder.ship(spark, folder, "one-process").local(work)).isEqualTo(folder);
  }

  @Test
  void zipIsShippedOnceAndStaysForExecutorsThatStartLater() throws IOException {
    Files.createDirectory(folder.resolve("1_Pooling"));
    Files.writeString(folder.resolve("1_Pooling/config.json"), "{}");
    String name = ShippedFolder.addZip(spark, folder, "training-of-a-test");
    assertThat(ShippedFolder.addZip(spark, folder, "training-of-a-test")).isEqualTo(name);
    assertThat(spark.listFiles().count(url -> url.endsWith("/" + name))).isEqualTo(1);
    assertThat(Path.of(SparkFiles.getRootDirectory()).resolve(name)).isRegularFile();
    assertThat(new ShippedFolder(name, "elsewhere").local(work).resolve("1_Pooling/config.json"))
        .hasContent("{}");
  }
}
