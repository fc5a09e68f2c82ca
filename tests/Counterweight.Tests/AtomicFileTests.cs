namespace Counterweight.Tests;

public sealed class AtomicFileTests
{
    [Fact]
    public void A_failed_write_leaves_the_old_file_and_nothing_else()
    {
        string folder = Directory.CreateTempSubdirectory("counterweight").FullName;
        try
        {
            string path = Path.Combine(folder, "new", "file.txt");
            AtomicFile.Write(path, s => s.Write("old"u8));
            Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, s =>
            {
                s.Write("half"u8);
                throw new InvalidOperationException();
            }));
            Assert.Equal("old", File.ReadAllText(path));
            Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
