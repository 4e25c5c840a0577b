import pathlib


def main(language):
    articles = pathlib.Path("/articles").glob(f"*.{language}.txt")
    return sum(len(article.read_text().split()) for article in articles)
