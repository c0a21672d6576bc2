package org.sbertspark.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheFolderTest {
  @TempDir Path shared;

  @Test
  void folderInASharedPlaceIsForThisUserAlone() throws IOException {
    Path folder = CacheFolder.own(shared.resolve("cache"));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
        .isEqualTo("rwx------");
    assertThat(CacheFolder.own(folder)).isEqualTo(folder);
    assertThat(shared).isDirectoryNotContaining(file -> !file.equals(folder));
  }

  @Test
  void folderWhereOthersCanWriteIsRefused() throws IOException {
    Path folder = Files.createDirectory(shared.resolve("cache"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThatThrownBy(() -> CacheFolder.own(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not a folder of this user alone");
  }

  @Test
  void linkToAFolderIsRefused() throws IOException {
    Path elsewhere = CacheFolder.own(shared.resolve("elsewhere"));
    Path link = Files.createSymbolicLink(shared.resolve("cache"), elsewhere);
    assertThatThrownBy(() -> CacheFolder.own(link)).isInstanceOf(IOException.class);
  }
}
